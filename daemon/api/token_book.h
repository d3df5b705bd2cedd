#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "daemon/api/identity.h"

namespace assayd::daemon {

/// The tokens that open the API now: those of the token file, which may be read again at any time,
/// and the process's own. Safe from every thread.
class TokenBook {
 public:
  /// Replaces those of the file.
  void Replace(Tokens tokens) {
    auto fresh = std::make_shared<const Tokens>(std::move(tokens));
    const std::lock_guard lock(mutex_);
    file_ = std::move(fresh);
  }
  /// A token for the process that this one supervises.
  void AddOwn(std::string_view token, Identity identity) {
    auto fresh = std::make_shared<Tokens>();
    fresh->Add(token, std::move(identity));
    const std::lock_guard lock(mutex_);
    own_ = std::move(fresh);
  }
  /// Whom the tokens of the file belong to, in no order.
  [[nodiscard]] std::vector<Identity> Identities() const {
    const std::lock_guard lock(mutex_);
    return file_->Identities();
  }
  [[nodiscard]] std::optional<Identity> Find(std::string_view token, TimePoint now) const {
    std::shared_ptr<const Tokens> file;
    std::shared_ptr<const Tokens> own;
    {
      const std::lock_guard lock(mutex_);
      file = file_, own = own_;
    }
    auto identity = file->Find(token, now);
    return identity ? identity : own->Find(token, now);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Tokens> file_ =
      std::make_shared<Tokens>();  // shared with lookups under way
  std::shared_ptr<const Tokens> own_ = std::make_shared<Tokens>();
};

}  // namespace assayd::daemon
