#include "connectors/bearer_source.h"

#include "base/file_system.h"

namespace assayd::connectors {

Result<std::optional<Secret>> BearerSource::Read() const {
  if (!token.empty()) return token;
  if (file.empty()) return std::nullopt;
  ASSAYD_TRY(std::string text, ReadSecretFile(file));
  return Secret(std::move(text));
}

}  // namespace assayd::connectors
