#include <array>
#include <map>

#include "daemon/metrics/families.h"
#include "domain/audit_logs.h"
#include "domain/judge.h"
#include "domain/scoring.h"

namespace assayd::daemon {
namespace {

using projections::Sums;
using projections::TenantView;

double Points(domain::MicroPoints points) { return static_cast<double>(points) / 1e6; }
double Seconds(TimePoint time) { return static_cast<double>(ToMillis(time)) / 1000.0; }

std::string LabelOf(const TenantView& view) {
  return view.state().alias.empty() ? view.state().id.ToString() : view.state().alias;
}

/// A family and what it says of a tenant: a value, or nothing where there is nothing to say.
struct ScoreFamily {
  const char* name;
  const char* help;
  std::optional<double> (*compliance)(const Sums&);
  std::optional<double> (*secure_score)(const domain::SecureScoreRecorded&);
};

std::optional<double> Ratio(domain::MicroPoints points, domain::MicroPoints max) {
  if (max == 0) return std::nullopt;
  return static_cast<double>(points) / static_cast<double>(max);
}

constexpr auto kNoSecureScore = [](const domain::SecureScoreRecorded&) -> std::optional<double> {
  return std::nullopt;
};

const std::array kScoreFamilies{
    ScoreFamily{"assayd_score_points", "Points achieved.",
                [](const Sums& sums) -> std::optional<double> { return Points(sums.points); },
                [](const domain::SecureScoreRecorded& score) -> std::optional<double> {
                  return Points(score.points);
                }},
    ScoreFamily{"assayd_score_max_points", "Points that can be achieved.",
                [](const Sums& sums) -> std::optional<double> { return Points(sums.max_points); },
                [](const domain::SecureScoreRecorded& score) -> std::optional<double> {
                  return Points(score.max_points);
                }},
    ScoreFamily{"assayd_score_ratio",
                "Points divided by maximum; what is unknown counts as not achieved.",
                [](const Sums& sums) { return Ratio(sums.points, sums.max_points); },
                [](const domain::SecureScoreRecorded& score) {
                  return Ratio(score.points, score.max_points);
                }},
    ScoreFamily{
        "assayd_score_known_ratio", "Points divided by the maximum of what is known.",
        [](const Sums& sums) { return Ratio(sums.points, sums.max_points - sums.unknown_points); },
        kNoSecureScore},
    ScoreFamily{"assayd_score_coverage_ratio", "Share of the maximum that is known.",
                [](const Sums& sums) {
                  return Ratio(sums.max_points - sums.unknown_points, sums.max_points);
                },
                kNoSecureScore},
    ScoreFamily{
        "assayd_score_unknown_max_points", "Maximum of what is unknown.",
        [](const Sums& sums) -> std::optional<double> { return Points(sums.unknown_points); },
        kNoSecureScore}};

void AddScores(Families& families, const std::vector<projections::ViewPtr>& tenants) {
  for (const ScoreFamily& entry : kScoreFamilies) {
    auto& family = families.Gauge(entry.name, entry.help);
    for (const auto& view : tenants) {
      const auto& state = view->state();
      if (!state.layout || !state.ready()) continue;
      if (const auto value = entry.compliance(view->scoreboard().overall())) {
        Add(family, {{"tenant", LabelOf(*view)}, {"score", "compliance"}}, *value);
      }
      const auto theirs =
          state.secure_score ? entry.secure_score(*state.secure_score) : std::nullopt;
      if (theirs) Add(family, {{"tenant", LabelOf(*view)}, {"score", "secure_score"}}, *theirs);
    }
  }
}

void AddActions(Families& families, const std::vector<projections::ViewPtr>& tenants) {
  auto& family = families.Gauge("assayd_actions", "Improvement actions by test status.");
  constexpr std::size_t kStatuses = 10;
  for (const auto& view : tenants) {
    std::array<std::uint32_t, kStatuses> counts{};
    const auto& layout = view->state().layout;
    const std::size_t units = layout ? layout->units().size() : 0;
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      ++counts.at(static_cast<std::size_t>(view->state().units.Get(unit).test));
    }
    for (std::size_t i = 0; i < kStatuses; ++i) {
      const std::string status(ToText(static_cast<domain::TestStatus>(i)));
      Add(family, {{"tenant", LabelOf(*view)}, {"status", status}}, counts[i]);
    }
  }
}

void AddRegressionCounts(Families& families, const std::vector<projections::ViewPtr>& tenants) {
  auto& family = families.Counter(
      "assayd_regressions_total",
      "Regressions: known points lost by a live or manual change. Folded from the log.");
  for (const auto& view : tenants) {
    std::map<std::pair<domain::Category, std::string_view>, std::uint32_t> counts;
    // So that the first regression is an increase and not the beginning of a series.
    for (std::size_t i = 0; i < domain::kCategoryCount; ++i)
      counts[{static_cast<domain::Category>(i), ToText(domain::Cause::kConfiguration)}] = 0;
    for (const auto& count : view->regressions().counts())
      counts[{count.category, projections::RegressionCauseText(count.cause)}] += count.count;
    for (const auto& [what, count] : counts) {
      Add(family,
          {{"tenant", LabelOf(*view)},
           {"category", std::string(ToText(what.first))},
           {"cause", std::string(what.second)}},
          count);
    }
  }
}

/// Ratio of each assessment, and points of each category of actions.
void AddParts(Families& families, const std::vector<projections::ViewPtr>& tenants) {
  auto& ratio =
      families.Gauge("assayd_assessment_ratio",
                     "Points divided by maximum of an assessment; absent when it has none.");
  auto& points = families.Gauge("assayd_category_points", "Points achieved in a category.");
  auto& max = families.Gauge("assayd_category_max_points", "Points that a category can achieve.");
  for (const auto& view : tenants) {
    const auto& state = view->state();
    if (!state.layout || !state.ready()) continue;
    const auto& layout = *state.layout;
    for (std::uint32_t i = 0; i < layout.assessments().size(); ++i) {
      const Sums& sums = view->scoreboard().OfAssessment(i);
      if (const auto value = Ratio(sums.points, sums.max_points))
        Add(ratio, {{"tenant", LabelOf(*view)}, {"assessment", layout.assessments()[i].id}},
            *value);
    }
    std::array<domain::Contribution, domain::kCategoryCount> sums{};
    for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
      const auto part = domain::Contribute(state.units.Get(unit), layout.MaxOf(unit));
      auto& sum = sums.at(static_cast<std::size_t>(layout.ActionOf(unit).category));
      sum.points += part.points, sum.max_points += part.max_points;
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const std::string category(ToText(static_cast<domain::Category>(i)));
      Add(points, {{"tenant", LabelOf(*view)}, {"category", category}}, Points(sums.at(i).points));
      Add(max, {{"tenant", LabelOf(*view)}, {"category", category}}, Points(sums.at(i).max_points));
    }
  }
}

void AddRegressionPoints(Families& families, const std::vector<projections::ViewPtr>& tenants) {
  auto& lost = families.Counter("assayd_points_regressed_total", "Points lost by regressions.");
  for (const auto& view : tenants) {
    Add(lost, {{"tenant", LabelOf(*view)}}, Points(view->regressions().points_lost_total()));
  }
  auto& gained =
      families.Counter("assayd_points_gained_total", "Points gained by live and manual changes.");
  for (const auto& view : tenants) {
    Add(gained, {{"tenant", LabelOf(*view)}}, Points(view->regressions().points_gained_total()));
  }
  auto& open =
      families.Gauge("assayd_open_regression_points", "Points lost in regressions that are open.");
  for (const auto& view : tenants) {
    Add(open, {{"tenant", LabelOf(*view)}}, Points(view->regressions().open_points()));
  }
  auto& last = families.Gauge("assayd_last_regression_timestamp_seconds",
                              "When the last regression occurred.");
  for (const auto& view : tenants) {
    const auto when = view->regressions().last();
    if (when) Add(last, {{"tenant", LabelOf(*view)}}, Seconds(*when));
  }
}

void AddFreshness(Families& families, const std::vector<projections::ViewPtr>& tenants,
                  const LiveAges& ages) {
  auto& ready = families.Gauge("assayd_tenant_ready",
                               "1 once the tenant was read completely for the first time.");
  for (const auto& view : tenants)
    Add(ready, {{"tenant", LabelOf(*view)}}, view->state().ready() ? 1 : 0);
  auto& success = families.Gauge("assayd_connector_last_success_timestamp_seconds",
                                 "Start of the last complete read of a source.");
  for (const auto& view : tenants) {
    const auto& state = view->state();
    for (std::size_t i = 0; state.layout && i < state.settings.size(); ++i) {
      const auto& schema = state.layout->catalogue().settings[i];
      const auto live = ages.Get(state.id, schema.name).succeeded;
      if (!state.settings[i].known && !live) continue;
      const TimePoint seen = std::max(state.settings[i].seen, live.value_or(kBeginningOfTime));
      Add(success, {{"tenant", LabelOf(*view)}, {"source", schema.source}}, Seconds(seen));
    }
    for (const auto& log : domain::kAuditLogs) {
      const std::string source(log.source);
      if (const auto read = ages.Get(state.id, source).succeeded) {
        Add(success, {{"tenant", LabelOf(*view)}, {"source", source}}, Seconds(*read));
      }
    }
  }
}

}  // namespace

void AddTenants(Families& families, const std::vector<projections::ViewPtr>& tenants,
                const LiveAges& ages) {
  AddScores(families, tenants);
  AddParts(families, tenants);
  AddActions(families, tenants);
  AddRegressionCounts(families, tenants);
  AddRegressionPoints(families, tenants);
  AddFreshness(families, tenants, ages);
}

}  // namespace assayd::daemon
