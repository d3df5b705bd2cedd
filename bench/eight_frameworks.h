#pragma once

#include "bench/figures.h"
#include "bench/framework_graph.h"
#include "bench/long_log.h"

namespace assayd::bench {

struct Prepared {
  std::filesystem::path catalogue;  ///< what `catalogue.paths` names behind the one that ships
  config::LoadedCatalogue loaded;
  LongLogOptions log;
};

/// The catalogue of eight frameworks, and the long log of tenants that have them.
Prepared PrepareEight(const Arguments& arguments);

/// A tenant's units and controls, for sizes.
struct LayoutSize {
  std::size_t units = 0;
  std::size_t controls = 0;
};
LayoutSize SizeOf(const config::LoadedCatalogue& catalogue);

}  // namespace assayd::bench
