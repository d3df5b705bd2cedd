#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/random.h"

namespace assayd::fakes {

/// Files in memory that lose what was not synced. Every operation that changes something is
/// counted, and any of them can be made to fail, once or for good (the power is off).
class CrashingFileSystem final : public FileSystem {
 public:
  /// The n-th operation from now on fails once; 0 for none.
  void FailOperation(std::size_t n, ErrorCode code = ErrorCode::kIo) {
    const std::lock_guard lock(mutex_);
    fail_at_ = n == 0 ? 0 : operations_ + n;
    code_ = code;
  }
  /// The n-th operation from now on, and all after it, fail until PowerCut.
  void CrashAtOperation(std::size_t n) {
    const std::lock_guard lock(mutex_);
    crash_at_ = operations_ + n;
  }
  [[nodiscard]] bool crashed() const {
    const std::lock_guard lock(mutex_);
    return crash_at_ != 0 && operations_ >= crash_at_;
  }
  [[nodiscard]] std::size_t operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }

  /// What was synced stays. Of the rest each write is kept, lost or torn, and a part of the renames
  /// is kept, as `random` has it.
  void PowerCut(Random& random) {
    const std::lock_guard lock(mutex_);
    for (auto& change : pending_names_) {
      if (UniformBelow(random, 2) == 0) break;
      change(durable_names_);
    }
    pending_names_.clear();
    names_ = durable_names_;
    for (auto& [name, node] : names_) node->Lose(random);
    crash_at_ = fail_at_ = 0;
  }

  /// Removes everything.
  void Clear() {
    const std::lock_guard lock(mutex_);
    names_.clear();
    durable_names_.clear();
    pending_names_.clear();
  }

  /// The bytes of a file, for a test that damages them.
  std::string& Bytes(const std::filesystem::path& path) { return names_.at(path)->current; }

  Result<std::unique_ptr<File>> Open(const std::filesystem::path& path, OpenFor purpose) override {
    const std::lock_guard lock(mutex_);
    if (!names_.contains(path)) {
      if (purpose != OpenFor::kCreating) return Fail(ErrorCode::kNotFound, path.string());
      ASSAYD_CHECK(Count(path.string()));
      names_[path] = std::make_shared<Node>();
      pending_names_.emplace_back(
          [path, node = names_[path]](Names& names) { names[path] = node; });
    }
    return std::make_unique<OpenFile>(*this, names_[path]);
  }

  Result<> Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const std::lock_guard lock(mutex_);
    ASSAYD_CHECK(Count(to.string()));
    if (!names_.contains(from)) return Fail(ErrorCode::kNotFound, from.string());
    const auto move = [from, to](Names& names) {
      if (const auto found = names.find(from); found != names.end()) {
        names[to] = found->second;
        names.erase(from);
      }
    };
    move(names_);
    pending_names_.emplace_back(move);
    return {};
  }

  Result<> SyncDirectory(const std::filesystem::path& folder) override {
    const std::lock_guard lock(mutex_);
    ASSAYD_CHECK(Count(folder.string()));
    durable_names_ = names_;
    pending_names_.clear();
    return {};
  }

  bool Exists(const std::filesystem::path& path) override {
    const std::lock_guard lock(mutex_);
    return names_.contains(path);
  }

 private:
  struct Pending {
    std::uint64_t offset = 0;
    std::string bytes;
    bool truncates = false;
  };
  struct Node {
    std::string durable;
    std::string current;
    std::vector<Pending> pending;

    static void Apply(std::string& content, const Pending& change) {
      if (change.truncates) return content.resize(change.offset);
      content.resize(std::max(content.size(), std::size_t{change.offset} + change.bytes.size()));
      content.replace(change.offset, change.bytes.size(), change.bytes);
    }
    void Lose(Random& random) {
      for (auto& change : pending) {
        const auto fate = UniformBelow(random, 3);
        if (fate == 0) continue;
        if (fate == 1 && !change.truncates) {
          change.bytes.resize(UniformBelow(random, change.bytes.size() + 1));
        }
        Apply(durable, change);
      }
      current = durable;
      pending.clear();
    }
  };
  using Names = std::map<std::filesystem::path, std::shared_ptr<Node>>;

  class OpenFile final : public File {
   public:
    OpenFile(CrashingFileSystem& files, std::shared_ptr<Node> node)
        : files_(files), node_(std::move(node)) {}

    Result<> WriteAt(std::uint64_t offset, std::string_view bytes) override {
      return Change({offset, std::string(bytes)});
    }
    Result<> Truncate(std::uint64_t size) override { return Change({size, "", true}); }
    Result<std::string> ReadAt(std::uint64_t offset, std::size_t size) override {
      const std::lock_guard lock(files_.mutex_);
      if (offset >= node_->current.size()) return std::string();
      return node_->current.substr(offset, size);
    }
    Result<std::uint64_t> Size() override {
      const std::lock_guard lock(files_.mutex_);
      return node_->current.size();
    }
    Result<> Sync() override {
      const std::lock_guard lock(files_.mutex_);
      ASSAYD_CHECK(files_.Count("sync"));
      node_->durable = node_->current;
      node_->pending.clear();
      return {};
    }

   private:
    Result<> Change(Pending change) {
      const std::lock_guard lock(files_.mutex_);
      const auto counted = files_.Count("write");
      // A write that fails may have written a part.
      if (!counted && !change.truncates) change.bytes.resize(change.bytes.size() / 2);
      if (counted || !change.truncates) {
        Node::Apply(node_->current, change);
        node_->pending.push_back(std::move(change));
      }
      return counted;
    }

    CrashingFileSystem& files_;
    const std::shared_ptr<Node> node_;
  };

  Result<> Count(const std::string& what) {
    ++operations_;
    if (crash_at_ != 0 && operations_ >= crash_at_) {
      return Fail(ErrorCode::kIo, what + ": the power is off");
    }
    if (operations_ == fail_at_) return Fail(code_, what + ": made to fail");
    return {};
  }

  mutable std::mutex mutex_;
  Names names_;
  Names durable_names_;
  std::vector<std::function<void(Names&)>> pending_names_;
  std::size_t operations_ = 0;
  std::size_t fail_at_ = 0;
  std::size_t crash_at_ = 0;
  ErrorCode code_ = ErrorCode::kIo;
};

}  // namespace assayd::fakes
