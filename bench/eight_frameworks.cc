#include "bench/eight_frameworks.h"

#include "domain/score_layout.h"

namespace assayd::bench {

Prepared PrepareEight(const Arguments& arguments) {
  Prepared prepared;
  prepared.catalogue = arguments.cache / "catalogue-eight";
  prepared.loaded = CatalogueOf(ReadGraph(arguments.data), Frameworks::kEight, arguments.catalogue,
                                prepared.catalogue);
  prepared.log.folder = arguments.cache / (arguments.quick ? "log-eight-quick" : "log-eight");
  prepared.log.events = arguments.quick ? 1'000'000 : 10'000'000;
  // As many as housekeeping lets come together before it takes snapshots again.
  prepared.log.events_after_snapshot = 500'000;
  return prepared;
}

LayoutSize SizeOf(const config::LoadedCatalogue& catalogue) {
  std::vector<domain::Assessment> assessments;
  for (const auto& id : catalogue.catalogue->default_templates) {
    assessments.push_back({id, id, id, "default"});
  }
  const domain::ScoreLayout layout(catalogue.catalogue, assessments);
  return {layout.units().size(), layout.controls().size()};
}

}  // namespace assayd::bench
