#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/http_transport.h"

namespace assayd::fakes {

/// Answers requests as a test says, and remembers them. Safe from every thread if the script is.
class ScriptedTransport final : public connectors::HttpTransport {
 public:
  using Answer = Result<connectors::HttpResponse>;
  using Script = std::function<Answer(const connectors::HttpRequest&)>;

  explicit ScriptedTransport(Script script = {}) : script_(std::move(script)) {}

  void Play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }

  Answer Send(const connectors::HttpRequest& request) override {
    Script script;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      script = script_;
    }
    return script ? script(request) : Answer(Fail(ErrorCode::kRefused, "nobody answers"));
  }

  [[nodiscard]] std::vector<connectors::HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// How many requests went to addresses that contain `part`.
  [[nodiscard]] std::size_t CountOf(std::string_view part) const {
    std::size_t count = 0;
    for (const auto& request : requests()) count += request.url.contains(part) ? 1U : 0U;
    return count;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
  }

 private:
  mutable std::mutex mutex_;
  Script script_;
  std::vector<connectors::HttpRequest> requests_;
};

/// Declared as JSON unless it declares something itself.
inline ScriptedTransport::Answer Answer(int status, std::string body,
                                        std::vector<connectors::HttpHeader> headers = {}) {
  const bool declared = std::ranges::any_of(
      headers, [](const auto& header) { return header.name == "Content-Type"; });
  if (!declared) headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  return connectors::HttpResponse{status, std::move(headers), std::move(body)};
}

}  // namespace assayd::fakes
