#include "tests/scenario/rules/judge.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "config/catalogue_folder.h"
#include "domain/canonical_document.h"

namespace assayd::scenario {
namespace {

std::shared_ptr<const domain::Catalogue> LoadShipped() {
  std::vector<config::CatalogueProblem> problems;
  auto loaded = config::LoadCatalogue({ASSAYD_SOURCE "/config/catalogue"}, problems);
  for (const auto& problem : problems) {
    fmt::print(stderr, "{}: {}\n", problem.location.ToString(), problem.message);
  }
  ASSAYD_ASSERT(loaded.has_value());
  return loaded->catalogue;
}

void Print(const domain::TraceNode& node, int depth, std::string& text) {
  if (!node.what.empty()) {
    text += fmt::format("{:>{}}{} {}", "", 2 * depth, ToText(node.truth), node.what);
    if (!node.pointer.empty()) text += " [" + node.pointer + "]";
    if (!node.value.empty()) text += " is " + node.value;
    text += "\n";
  }
  for (const auto& child : node.children) Print(child, depth + 1, text);
}

std::string TextOf(const domain::Verdict& verdict) {
  if (verdict.kind != domain::Verdict::Kind::kPartial) return std::string(ToText(verdict.kind));
  return fmt::format("partial {}/{}", verdict.covered, verdict.total);
}

}  // namespace

const domain::Catalogue& ShippedCatalogue() {
  static const auto catalogue = LoadShipped();
  return *catalogue;
}

const domain::Action& ShippedAction(std::string_view id) {
  const auto place = ShippedCatalogue().FindAction(id);
  ASSAYD_ASSERT(place.has_value());
  return ShippedCatalogue().actions[*place];
}

Judgement Judge(const domain::Action& action, const Documents& documents,
                const domain::RuleParams& params) {
  Judgement judgement;
  std::vector<domain::LeafResult> results;
  for (const auto& leaf : action.rule->leaves()) {
    judgement.trace += "setting " + leaf.setting;
    const auto read = documents.find(leaf.setting);
    if (read == documents.end()) {
      judgement.trace += ": not read\n";
      results.emplace_back();
      continue;
    }
    const auto& schema =
        ShippedCatalogue().settings[ShippedCatalogue().FindSetting(leaf.setting).value()];
    const auto document = schema.Canonicalise(read->second);
    if (!document) {
      judgement.trace += ": malformed, " + document.error().context + "\n";
      results.emplace_back();
      continue;
    }
    judgement.trace += "\n";
    domain::TraceNode trace;
    results.push_back(leaf.Evaluate(document->value, params, &trace));
    Print(trace, 0, judgement.trace);
  }
  judgement.verdict = TextOf(action.rule->Combine(results));
  return judgement;
}

}  // namespace assayd::scenario
