#pragma once

#include "base/json.h"

namespace assayd::daemon {

/// The description of the API (OpenAPI 3.1), put together from daemon/api/openapi.yaml and
/// daemon/api/openapi/*.yaml.
const Json& OpenApiDocument();

}  // namespace assayd::daemon
