#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace assayd::fakes {

/// The operating system's files for RocksDB, on a disk that can be full, fail, or lose power. Every
/// operation that changes something is counted. What was not synced is lost at a PowerCut: the ends
/// of files, new names, replaced names.
class FailingRocksdbFiles final : public rocksdb::FileSystemWrapper {
 public:
  enum class Operation { kAny, kAppend, kSync };
  using Failure = rocksdb::IOStatus (*)();
  static rocksdb::IOStatus NoSpace() { return rocksdb::IOStatus::NoSpace("made to be full"); }
  static rocksdb::IOStatus IoError() { return rocksdb::IOStatus::IOError("made to fail"); }

  FailingRocksdbFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  [[nodiscard]] const char* Name() const override { return "FailingRocksdbFiles"; }

  /// The n-th operation of a kind from now on fails once.
  void FailOperation(std::size_t n, Operation kind, Failure failure) {
    const std::lock_guard lock(mutex_);
    fail_in_ = n, fail_kind_ = kind, failure_ = failure;
  }
  /// From now on every operation of a kind fails, until Heal.
  void FailAll(Operation kind, Failure failure) {
    const std::lock_guard lock(mutex_);
    fail_all_ = kind, failure_ = failure;
  }
  void Heal() {
    const std::lock_guard lock(mutex_);
    fail_all_.reset();
    fail_in_ = 0;
  }
  /// The n-th operation from now on, and all after it, fail until PowerCut.
  void CrashAtOperation(std::size_t n) {
    const std::lock_guard lock(mutex_);
    crash_at_ = operations_ + n;
  }
  [[nodiscard]] bool crashed() const {
    const std::lock_guard lock(mutex_);
    return crashed_;
  }
  [[nodiscard]] std::size_t operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }
  /// Asked before every operation: whether something else that hangs on the same power is off.
  std::function<bool()> power_is_off_elsewhere;

  /// The database must be closed. Of what was not synced a random part is kept, and no more.
  void PowerCut(Random& random) {
    const std::lock_guard lock(mutex_);
    for (auto& [path, file] : written_) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(path, gone);
      if (gone || size <= file.synced) continue;
      const std::uint64_t kept = file.synced + UniformBelow(random, size - file.synced + 1);
      std::filesystem::resize_file(path, kept);
    }
    // Names become durable in their order, as journals of file systems have it.
    const std::size_t kept = UniformBelow(random, names_.size() + 1);
    for (; names_.size() > kept; names_.pop_back()) {
      const auto& [path, replaced] = names_.back();
      if (replaced) {
        Overwrite(path, *replaced);
      } else {
        std::filesystem::remove(path);
      }
    }
    written_.clear(), names_.clear();
    crashed_ = false;
    crash_at_ = fail_in_ = 0;
    fail_all_.reset();
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (auto failed = Count(Operation::kAppend, path); !failed.ok()) return failed;
    auto status = target()->NewWritableFile(path, options, file, debug);
    if (!status.ok()) return status;
    {
      const std::lock_guard lock(mutex_);
      written_[path] = {};
      names_.push_back({path, std::nullopt});
    }
    *file = std::make_unique<Written>(*this, path, std::move(*file));
    return status;
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override {
    if (auto failed = Count(Operation::kAppend, path); !failed.ok()) return failed;
    auto status = target()->ReopenWritableFile(path, options, file, debug);
    if (!status.ok()) return status;
    {
      const std::lock_guard lock(mutex_);
      written_[path].synced = std::filesystem::file_size(path);
    }
    *file = std::make_unique<Written>(*this, path, std::move(*file));
    return status;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (auto failed = Count(Operation::kAny, to); !failed.ok()) return failed;
    {
      const std::lock_guard lock(mutex_);
      ForgetName(from);
      const bool replaces = std::filesystem::exists(to);
      names_.push_back({to, replaces ? std::optional(Slurp(to)) : std::nullopt});
      written_[to] = std::exchange(written_[from], {});
      written_.erase(from);
    }
    return target()->RenameFile(from, to, options, debug);
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (auto failed = Count(Operation::kAny, path); !failed.ok()) return failed;
    const std::lock_guard lock(mutex_);
    written_.erase(path);
    ForgetName(path);
    return target()->DeleteFile(path, options, debug);
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override {
    auto status = target()->NewDirectory(path, options, folder, debug);
    if (status.ok()) *folder = std::make_unique<Folder>(*this, path, std::move(*folder));
    return status;
  }

 private:
  struct File {
    std::uint64_t synced = 0;
  };

  struct NewName {
    std::string path;
    std::optional<std::string> replaced;  ///< what was under the name before
  };
  void ForgetName(const std::string& path) {
    std::erase_if(names_, [&](const NewName& name) { return name.path == path; });
  }

  class Written final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Written(FailingRocksdbFiles& files, std::string path,
            std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files), path_(std::move(path)) {}

    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (auto failed = files_.Count(Operation::kAppend, path_); !failed.ok()) {
        // A write that fails may have written a part.
        const rocksdb::Slice part(data.data(), data.size() / 2);
        return static_cast<void>(target()->Append(part, options, debug)), failed;
      }
      return target()->Append(data, options, debug);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo& /*verification*/,
                             rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    rocksdb::IOStatus Truncate(std::uint64_t size, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
      if (auto failed = files_.Count(Operation::kAny, path_); !failed.ok()) return failed;
      return target()->Truncate(size, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
      return Synced(options, debug);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* debug) override {
      return Synced(options, debug);
    }

   private:
    /// Really syncing would cost time and prove nothing: the power does not really go.
    rocksdb::IOStatus Synced(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
      if (auto failed = files_.Count(Operation::kSync, path_); !failed.ok()) return failed;
      if (auto flushed = target()->Flush(options, debug); !flushed.ok()) return flushed;
      const std::lock_guard lock(files_.mutex_);
      files_.written_[path_].synced = target()->GetFileSize(options, debug);
      return rocksdb::IOStatus::OK();
    }

    FailingRocksdbFiles& files_;
    const std::string path_;
  };

  class Folder final : public rocksdb::FSDirectoryWrapper {
   public:
    Folder(FailingRocksdbFiles& files, std::string path,
           std::unique_ptr<rocksdb::FSDirectory> folder)
        : FSDirectoryWrapper(std::move(folder)), files_(files), path_(std::move(path)) {}
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& /*options*/,
                            rocksdb::IODebugContext* /*debug*/) override {
      return Synced();
    }
    rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions& /*options*/,
                                          rocksdb::IODebugContext* /*debug*/,
                                          const rocksdb::DirFsyncOptions& /*how*/) override {
      return Synced();
    }

   private:
    rocksdb::IOStatus Synced() {
      if (auto failed = files_.Count(Operation::kSync, path_); !failed.ok()) return failed;
      const std::lock_guard lock(files_.mutex_);
      files_.names_.clear();
      return rocksdb::IOStatus::OK();
    }

    FailingRocksdbFiles& files_;
    const std::string path_;
  };

  rocksdb::IOStatus Count(Operation kind, const std::string& what) {
    const bool off = power_is_off_elsewhere && power_is_off_elsewhere();
    const std::lock_guard lock(mutex_);
    ++operations_;
    if (off || (crash_at_ != 0 && operations_ >= crash_at_)) {
      crashed_ = true;
      return rocksdb::IOStatus::IOError(what, "the power is off");
    }
    const auto counts = [&](Operation wanted) {
      return wanted == Operation::kAny || wanted == kind;
    };
    if (fail_all_ && counts(*fail_all_)) return failure_();
    if (fail_in_ != 0 && counts(fail_kind_) && --fail_in_ == 0) return failure_();
    return rocksdb::IOStatus::OK();
  }

  static std::string Slurp(const std::string& path) {
    std::string bytes;
    rocksdb::ReadFileToString(rocksdb::Env::Default(), path, &bytes).PermitUncheckedError();
    return bytes;
  }
  static void Overwrite(const std::string& path, const std::string& bytes) {
    rocksdb::WriteStringToFile(rocksdb::Env::Default(), bytes, path).PermitUncheckedError();
  }

  mutable std::mutex mutex_;
  std::map<std::string, File> written_;
  std::vector<NewName> names_;  ///< not yet durable, in order
  std::size_t operations_ = 0;
  std::size_t crash_at_ = 0;
  bool crashed_ = false;
  std::size_t fail_in_ = 0;
  Operation fail_kind_ = Operation::kAny;
  std::optional<Operation> fail_all_;
  Failure failure_ = &IoError;
};

}  // namespace assayd::fakes
