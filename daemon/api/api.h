#pragma once

#include <memory>
#include <string_view>

#include "daemon/api/services.h"
#include "http/server.h"

namespace assayd::daemon {

/// The HTTP API: who may ask, which handler answers. The listener calls Admit on the head of a
/// request and Handle on the whole of it, from its own threads.
class Api {
 public:
  explicit Api(Services services);
  ~Api();

  /// Decides on the head alone: unauthorised requests are refused before their body is read.
  [[nodiscard]] http::Admission Admit(const http::Request& head) const;
  void Handle(const std::shared_ptr<http::Exchange>& listener) const;

 private:
  void CountRefusal(const http::Request& head, std::string_view route, int status) const;

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace assayd::daemon
