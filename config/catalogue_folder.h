#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "config/yaml_tree.h"
#include "domain/catalogue.h"

namespace assayd::config {

using CatalogueProblem = Mistake;

/// What one folder overrides of those before it.
struct Override {
  std::string kind;  ///< "action", "setting" or "template"
  std::string id;
  std::string field;
  Location location;
};

struct LoadedCatalogue {
  std::shared_ptr<const domain::Catalogue> catalogue;
  std::string canonical;  ///< the canonical document: what is hashed, adopted and stored
  std::vector<Override> overrides;
};

/// Reads folders (or single files of entries) in order: manifest.yaml, settings/*.yaml,
/// actions/*.yaml, templates/*.yaml. A later folder adds, or overrides by id, field by field. The
/// canonical document does not depend on how the content is spread over files. All problems at
/// once; kCatalogueInvalid if there is one.
Result<LoadedCatalogue> LoadCatalogue(const std::vector<std::filesystem::path>& folders,
                                      std::vector<CatalogueProblem>& problems);
/// The same; the error's context has a line per mistake, the first twenty of them.
Result<LoadedCatalogue> LoadCatalogue(const std::vector<std::filesystem::path>& folders);

/// Parses a canonical document, as it stands in the log.
Result<std::shared_ptr<const domain::Catalogue>> ParseCanonicalCatalogue(
    std::string_view canonical);

}  // namespace assayd::config
