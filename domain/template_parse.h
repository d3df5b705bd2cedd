#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "domain/catalogue.h"

/// Private to the parser of the catalogue.
namespace assayd::domain {

class Members;

/// Reads templates one by one, then holds their editions against each other. What is wrong becomes
/// a problem.
class TemplateParser {
 public:
  using ActionPlaces = std::map<std::string, std::uint32_t>;  ///< id → index

  TemplateParser(const ActionPlaces& actions, std::vector<Problem>& problems)
      : actions_(actions), problems_(problems) {}

  void Parse(const Json& json, const std::string& place);
  std::vector<Template> Finish() &&;  ///< by id

 private:
  struct Placed {
    Template content;
    std::string place;
  };
  void ParseEdition(Members& members, Template& into);
  void ParseReplacement(const Json& json, const std::string& place, Template& into);
  void ParseControl(const Json& json, const std::string& place, Template& into);
  void ParseReference(const Json& json, const std::string& place, TemplateControl& into);
  void CheckReplacement(const Placed& newer);
  [[nodiscard]] const Template* Find(const std::string& id) const;

  const ActionPlaces& actions_;
  std::vector<Problem>& problems_;
  std::vector<Placed> templates_;
  std::set<std::string> ids_;       ///< of templates
  std::set<std::string> controls_;  ///< ids of the template that is being read
};

}  // namespace assayd::domain
