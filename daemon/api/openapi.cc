#include "daemon/api/openapi.h"

#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "base/version.h"
#include "config/yaml_tree.h"
#include "embedded/openapi.h"

namespace assayd::daemon {

const Json& OpenApiDocument() {
  static const Json kDocument = [] {
    const auto tree = config::YamlTree::Parse(embedded::openapi("openapi.yaml"), "openapi.yaml");
    ASSAYD_ASSERT(tree.has_value());
    Json document = tree->value();
    document["info"]["version"] = Version();
    return document;
  }();
  return kDocument;
}

}  // namespace assayd::daemon
