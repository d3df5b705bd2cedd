#include "tests/scenario/rules/rule_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "config/yaml_tree.h"

namespace assayd::scenario {
namespace {

[[noreturn]] void Refuse(const std::string& where, const std::string& problem) {
  fmt::print(stderr, "tests/scenario/rules: {}: {}\n", where, problem);
  std::abort();
}

void CheckKeys(const Json& object, const std::vector<std::string>& known,
               const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) Refuse(where, "unknown key " + key);
  }
}

Json Patched(Json document, const Json& patch) {
  document.merge_patch(patch);
  return document;
}

/// Makes the rows of one table.
class Builder {
 public:
  Builder(const Json& ways, const Json& table)
      : families_(ways.at("families")), table_(table), rule_(table.at("rule").get<std::string>()) {
    CheckKeys(table, {"rule", "policy", "irm", "params", "ways", "halves", "rows"}, rule_);
    if (table.contains("policy")) policy_ = Patched(ways.at("policy"), table.at("policy"));
  }

  RuleTable Run() {
    Add({{"case", "as it stands"}, {"expect", "credit"}});
    for (const auto& family : table_.value("ways", Json::array())) {
      const auto found = families_.find(family.get<std::string>());
      if (found == families_.end()) Refuse(rule_, "no family " + family.get<std::string>());
      for (const auto& row : *found) {
        Add(row);
        if (table_.contains("halves") && row.contains("policy")) AddHalves(row);
      }
    }
    for (const auto& row : table_.value("rows", Json::array())) Add(row);
    return {rule_, std::move(rows_)};
  }

 private:
  void Add(const Json& row) {
    const std::string name = row.at("case").get<std::string>();
    CheckKeys(row,
              {"case", "policy", "policies", "irm", "security_defaults", "without", "without_role",
               "params", "expect"},
              rule_ + ": " + name);
    const bool known =
        std::ranges::any_of(rows_, [&](const RuleRow& other) { return other.name == name; });
    if (known) Refuse(rule_, "has the case '" + name + "' twice");
    RuleRow made{name, {}, ShippedAction(rule_).params, row.at("expect").get<std::string>()};
    made.documents[kDefaults] = row.value("security_defaults", Json{{"isEnabled", false}});
    made.documents[kPolicies] = Policies(row);
    if (table_.contains("irm")) {
      made.documents[kIrm] = Patched(table_.at("irm"), row.value("irm", Json::object()));
    }
    for (const auto& setting : row.value("without", Json::array())) {
      made.documents.erase(SettingOf(setting.get<std::string>()));
    }
    for (const auto* source : {&table_, &row}) {
      const Json params = source->value("params", Json::object());
      for (const auto& [param, values] : params.items()) {
        made.params[param] = values.get<std::vector<std::string>>();
      }
    }
    rows_.push_back(std::move(made));
  }

  /// What spoils the one policy spoils each half of it, too.
  void AddHalves(const Json& row) {
    const Json& halves = table_.at("halves");
    for (std::size_t spoilt = 0; spoilt < halves.size(); ++spoilt) {
      Json in_halves = row;
      in_halves.erase("policy");
      in_halves["case"] = fmt::format("{}, half {}", row.at("case").get<std::string>(), spoilt + 1);
      for (std::size_t i = 0; i < halves.size(); ++i) {
        Json patch = i == spoilt ? row.at("policy") : Json::object();
        patch.merge_patch(halves[i]);
        in_halves["policies"].push_back(std::move(patch));
      }
      Add(in_halves);
    }
  }

  Json Policies(const Json& row) const {
    Json policies = Json::array();
    if (policy_.is_null()) return policies;
    const Json one = Json::array({row.value("policy", Json::object())});
    for (const auto& patch : row.value("policies", one)) {
      policies.push_back(Patched(policy_, patch));
    }
    if (row.contains("without_role")) {
      Json& roles = policies.at(0)["conditions"]["users"]["includeRoles"];
      const auto role = std::ranges::find(roles, row.at("without_role"));
      if (role == roles.end())
        Refuse(rule_, "does not name the role " + row.at("without_role").dump());
      roles.erase(role);
    }
    return policies;
  }

  const Json& families_;
  const Json& table_;
  const std::string rule_;
  Json policy_;
  std::vector<RuleRow> rows_;
};

}  // namespace

Json ReadTableFile(const std::string& name) {
  const auto tree = config::YamlTree::ReadFile(ASSAYD_SOURCE "/tests/scenario/rules/" + name);
  if (!tree) Refuse(name, tree.error().ToString());
  return tree->value();
}

std::string SettingOf(const std::string& name) {
  if (name == "conditional_access") return kPolicies;
  if (name == "security_defaults") return kDefaults;
  if (name == "irm") return kIrm;
  if (name == "snapshot") return kSnapshot;
  if (name == "profiles") return kProfiles;
  Refuse(name, "is no setting");
}

std::vector<RuleTable> LoadRuleTables(const std::string& file) {
  const Json ways = ReadTableFile("ways.yaml");
  const Json entries = ReadTableFile(file + ".yaml");
  std::vector<RuleTable> tables;
  for (const auto& table : entries) tables.push_back(Builder(ways, table).Run());
  return tables;
}

std::vector<RuleTable> LoadRuleTables() {
  std::vector<RuleTable> tables;
  for (const char* file : kTableFiles) {
    for (auto& table : LoadRuleTables(file)) tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace assayd::scenario
