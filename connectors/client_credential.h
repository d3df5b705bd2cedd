#pragma once

#include <string>
#include <variant>

#include "base/secret.h"

namespace assayd::connectors {

/// What proves to the token endpoint that it is us. A certificate (signed assertion) and a
/// federated token join this list; each is a way to fill fields of the same form.
struct ClientSecret {
  Secret secret;
};
using ClientProof = std::variant<ClientSecret>;

/// An application's identity at a directory.
struct ClientCredential {
  std::string client_id;
  ClientProof proof;
};

}  // namespace assayd::connectors
