#include "bench/framework_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "bench/figures.h"
#include "domain/ids.h"

namespace assayd::bench {
namespace {

constexpr std::uint64_t kCatalogueVersion = 1'000;

const std::set<std::string> kEightFrameworks{"ISO_IEC_27001_2022",
                                             "NIST_CSF_v2.0",
                                             "NIST_SP_800-171_R3",
                                             "NIST_SP_800-53_R5.1.1",
                                             "PCI_DSS_v4.0.1",
                                             "SOC_2",
                                             "NIS2",
                                             "EU_GDPR_2016_679"};

std::vector<std::string> SplitRow(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back().push_back(c);
    }
  }
  return cells;
}

/// Calls `visit` with the cells of each row but the first.
void EachRow(const std::filesystem::path& file, const auto& visit) {
  std::ifstream in(file);
  if (!in) Stop({ErrorCode::kNotFound, file.string()});
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) visit(SplitRow(line));
}

std::string AsName(std::string text) {
  for (char& c : text) {
    if (!domain::IsName(std::string(1, c))) c = '_';
  }
  return text;
}

FrameworkGraph ReadTables(const std::filesystem::path& folder) {
  FrameworkGraph graph;
  std::map<std::string, std::uint32_t> actions;
  EachRow(folder / "actions.csv", [&](const std::vector<std::string>& row) {
    const ActionKind kind = row[1] == "microsoft-managed" ? ActionKind::kMicrosoft
                            : row[1] == "customer-manual" ? ActionKind::kManual
                                                          : ActionKind::kTechnical;
    actions[row[0]] = static_cast<std::uint32_t>(graph.actions.size());
    graph.actions.push_back({AsName(row[0]), kind});
  });
  std::map<std::string, std::map<std::string, std::set<std::uint32_t>>> frameworks;
  EachRow(folder / "control_action.csv", [&](const std::vector<std::string>& row) {
    frameworks[AsName(row[0])][AsName(row[1])].insert(actions.at(row[2]));
  });
  for (const auto& [id, controls] : frameworks) {
    auto& framework = graph.frameworks.emplace_back();
    framework.id = id;
    for (const auto& [control, asked] : controls) {
      framework.controls.push_back({control, {asked.begin(), asked.end()}});
    }
  }
  return graph;
}

/// As many actions, frameworks, controls and edges as the tables have, a few actions in very many
/// controls and one framework with controls of more than 255 actions, as there.
FrameworkGraph Generate() {
  constexpr std::uint32_t kTechnical = 554;
  constexpr std::uint32_t kManual = 557;
  constexpr std::uint32_t kActions = 1'943;
  constexpr std::uint32_t kFrameworks = 67;
  constexpr std::uint32_t kControlsEach = 70;
  constexpr std::uint32_t kActionsPerControl = 9;
  FrameworkGraph graph;
  graph.generated = true;
  std::mt19937_64 random(70);
  for (std::uint32_t i = 0; i < kActions; ++i) {
    graph.actions.push_back({fmt::format("00000000-0000-4000-8000-{:012x}", i),
                             i < kTechnical             ? ActionKind::kTechnical
                             : i < kTechnical + kManual ? ActionKind::kManual
                                                        : ActionKind::kMicrosoft});
  }
  auto eight = kEightFrameworks.begin();
  for (std::uint32_t f = 0; f < kFrameworks; ++f) {
    auto& framework = graph.frameworks.emplace_back();
    framework.id = f < kEightFrameworks.size() ? *eight++ : fmt::format("framework-{}", f);
    for (std::uint32_t c = 0; c < kControlsEach; ++c) {
      std::set<std::uint32_t> asked;
      const std::uint32_t wanted = f == 0 && c == 0 ? 300 : kActionsPerControl;
      while (asked.size() < wanted) {
        // The smaller of two: some actions are asked for far more often than others.
        const auto some = static_cast<std::uint32_t>(random() % (kTechnical + kManual));
        const auto other = static_cast<std::uint32_t>(random() % (kTechnical + kManual));
        asked.insert(random() % 56 == 0 ? kTechnical + kManual + some % 832
                                        : std::min(some, other));
      }
      framework.controls.push_back({fmt::format("c-{}", c), {asked.begin(), asked.end()}});
    }
  }
  return graph;
}

Json ActionJson(const FrameworkGraph::Action& action) {
  static constexpr const char* kPurposes[] = {"preventative", "detective", "corrective"};
  const std::size_t variety = std::hash<std::string>{}(action.id);
  Json json{{"action", action.id},
            {"title", "Action " + action.id},
            {"type", action.kind == ActionKind::kManual ? "operational" : "technical"},
            {"purpose", kPurposes[variety % 3]},
            {"enforcement", variety % 2 == 0 ? "mandatory" : "discretionary"},
            {"category", "protect_information"},
            {"solution", "Azure"},
            {"managed_by", action.kind == ActionKind::kMicrosoft ? "microsoft" : "customer"}};
  if (action.kind != ActionKind::kMicrosoft) json["steps"] = {"Do what the title says."};
  if (action.kind == ActionKind::kTechnical) {
    json["links"] = {{"configure", "https://portal.example/" + action.id}};
  }
  return json;
}

Json FrameworkJson(const FrameworkGraph& graph, const FrameworkGraph::Framework& framework) {
  Json controls = Json::array();
  for (const auto& control : framework.controls) {
    Json actions = Json::array();
    for (const auto action : control.actions) actions.push_back(graph.actions[action].id);
    controls.push_back({{"id", control.id},
                        {"family", "all"},
                        {"title", "Control " + control.id},
                        {"actions", std::move(actions)}});
  }
  return {{"template", framework.id},
          {"title", framework.id},
          {"edition", "1"},
          {"controls", std::move(controls)}};
}

void WriteFile(const std::filesystem::path& file, const Json& json) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file);
  out << json.dump() << "\n";
  if (!out.flush()) Stop({ErrorCode::kIo, file.string()});
}

}  // namespace

FrameworkGraph ReadGraph(const std::filesystem::path& folder) {
  const auto tables = folder / "azure-policy";
  if (!folder.empty() && std::filesystem::exists(tables / "control_action.csv")) {
    return ReadTables(tables);
  }
  return Generate();
}

config::LoadedCatalogue CatalogueOf(const FrameworkGraph& graph, Frameworks frameworks,
                                    const std::filesystem::path& shipped,
                                    const std::filesystem::path& folder) {
  std::set<std::uint32_t> asked;
  Json defaults = Json::array();
  Json templates = Json::array();
  for (const auto& framework : graph.frameworks) {
    if (frameworks == Frameworks::kEight && !kEightFrameworks.contains(framework.id)) continue;
    for (const auto& control : framework.controls) {
      asked.insert(control.actions.begin(), control.actions.end());
    }
    defaults.push_back(framework.id);
    templates.push_back(FrameworkJson(graph, framework));
  }
  Json actions = Json::array();
  for (const auto action : asked) actions.push_back(ActionJson(graph.actions[action]));
  // What a signal can move, too: the assessment that ships stays one of the tenant's.
  defaults.push_back("data-protection-baseline");
  WriteFile(folder / "manifest.yaml",
            {{"version", kCatalogueVersion}, {"default_templates", std::move(defaults)}});
  WriteFile(folder / "actions" / "graph.yaml", actions);
  WriteFile(folder / "templates" / "graph.yaml", templates);
  std::vector<config::CatalogueProblem> problems;
  return Must(config::LoadCatalogue({shipped, folder}, problems));
}

}  // namespace assayd::bench
