#include "daemon/space_watch.h"

#include <algorithm>
#include <string>

#include "base/log.h"

namespace assayd::daemon {
namespace {

std::uint64_t Mark(const DiskSpace& space, unsigned percent, std::uint64_t bytes_max) {
  return std::min(space.total_bytes / 100 * percent, bytes_max);
}

}  // namespace

SpaceWatch::SpaceWatch(std::filesystem::path path, const Clock& clock, ReadDiskSpace read,
                       SpaceWatchOptions options)
    : path_(std::move(path)), clock_(clock), read_(std::move(read)), options_(options) {}

SpaceWatch::Level SpaceWatch::LevelOf(const DiskSpace& space) const {
  if (space.free_bytes < Mark(space, options_.hard_percent, options_.hard_bytes_max))
    return Level::kReserve;
  if (space.free_bytes < Mark(space, options_.soft_percent, options_.soft_bytes_max))
    return Level::kLow;
  return Level::kAmple;
}

void SpaceWatch::Look() const {
  const Milliseconds now = clock_.Monotonic();
  if (looked_ && now - *looked_ < options_.every) return;
  looked_ = now;
  const auto space = read_(path_);
  if (!space) {
    if (space_) log::Warn("the free space is not known", {{"error", space.error().ToString()}});
    space_.reset();
    level_ = Level::kAmple;
    return;
  }
  space_ = *space;
  const Level before = std::exchange(level_, LevelOf(*space));
  if (level_ == before) return;
  const std::initializer_list<log::Field> fields{{"path", path_.string()},
                                                 {"free_bytes", space->free_bytes}};
  if (level_ == Level::kReserve) {
    log::Error(
        "hardly any space is left: signals are refused, the rest is kept for commands and "
        "deadlines",
        fields);
  } else if (level_ == Level::kLow) {
    log::Warn("little space is left on the store's file system", fields);
  } else {
    log::Info("there is enough space again", fields);
  }
}

SpaceWatch::Level SpaceWatch::level() const {
  const std::lock_guard lock(mutex_);
  Look();
  return level_;
}

std::optional<std::uint64_t> SpaceWatch::free_bytes() const {
  const std::lock_guard lock(mutex_);
  Look();
  if (!space_) return std::nullopt;
  return space_->free_bytes;
}

}  // namespace assayd::daemon
