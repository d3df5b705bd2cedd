#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "domain/catalogue.h"

/// What rules say of documents as they come over the wire: canonicalised under the shipped schemas,
/// judged leaf by leaf, combined.
namespace assayd::scenario {

/// The catalogue that ships, read once from its folder.
const domain::Catalogue& ShippedCatalogue();

/// An action of the shipped catalogue; it must exist.
const domain::Action& ShippedAction(std::string_view id);

/// Setting → document. A setting that is absent, or whose document is malformed, was not read.
using Documents = std::map<std::string, Json, std::less<>>;

struct Judgement {
  std::string verdict;  ///< "credit", "no_credit", "unknown" or "partial 1/2"
  std::string trace;    ///< each condition with its truth, pointer and value
};
Judgement Judge(const domain::Action& action, const Documents& documents,
                const domain::RuleParams& params);

}  // namespace assayd::scenario
