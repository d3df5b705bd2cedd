#include "connectors/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/uuid.h"

namespace assayd::connectors {
namespace {

using outbox_format::Record;
using outbox_format::Waiting;

/// A file may hold as much again that is not needed any more, and checkpoints.
constexpr std::size_t kFilePerWaiting = 4;
constexpr std::size_t kCheckpointBytesMax = 512U * 1024 * 1024;
/// Signals of one record of a rewritten file, so that no record is large.
constexpr std::size_t kSignalsPerRecord = 256;

}  // namespace

Outbox::Outbox(Options options, Seams seams) : options_(std::move(options)), seams_(seams) {}

Result<std::unique_ptr<Outbox>> Outbox::Open(Options options, Seams seams) {
  std::unique_ptr<Outbox> outbox(new Outbox(std::move(options), seams));
  ASSAYD_CHECK(outbox->Load());
  return outbox;
}

Result<> Outbox::Load() {
  if (!seams_.files.Exists(File())) return Rewrite();
  const std::size_t bytes_max = options_.bytes_max * kFilePerWaiting + kCheckpointBytesMax;
  ASSAYD_TRY(const std::string bytes, ReadFile(seams_.files, File(), bytes_max));
  auto contents = outbox_format::Decode(bytes);
  if (!contents) {
    return Fail(contents.error().code,
                fmt::format("{}: {}", File().string(), contents.error().context));
  }
  const auto damage = contents->damage;
  const std::uint64_t good_size = contents->good_size;
  // What stands behind a write that was cut off was not durable either, and goes with it.
  if (!damage) contents->records.resize(contents->good_count);
  Replay(*std::move(contents));
  if (damage) {
    const auto aside = options_.folder / "outbox.damaged";
    log::Error(
        "outbox damaged, kept aside; everything is read again",
        {{"file", aside.string()}, {"position", *damage}, {"signals_kept", waiting_.size()}});
    ASSAYD_CHECK(ReplaceFile(seams_.files, aside, bytes));
    // What a lost record said is not known, so that what came after it may not be relied on.
    checkpoints_ = Checkpoints();
    return Rewrite();
  }
  ASSAYD_TRY(file_, seams_.files.Open(File(), OpenFor::kWriting));
  if (good_size < bytes.size()) {
    log::Warn("outbox ends in a write that was cut off",
              {{"position", good_size}, {"bytes_dropped", bytes.size() - good_size}});
    ASSAYD_CHECK(file_->Truncate(good_size));
  }
  // What was read may be in the page cache only: the process before may have died of a failed sync.
  ASSAYD_CHECK(file_->Sync());
  end_ = durable_ = kept_ = good_size;
  broken_ = false;
  return {};
}

void Outbox::Replay(outbox_format::Contents contents) {
  for (auto& record : contents.records) {
    for (auto& signal : record.signals) {
      next_sequence_ = std::max(next_sequence_, signal.sequence + 1);
      waiting_bytes_ += signal.text.size();
      waiting_.push_back(std::move(signal));
    }
    for (const auto& change : record.changes) checkpoints_.Apply(change);
    for (const std::uint64_t sequence : record.removed) {
      next_sequence_ = std::max(next_sequence_, sequence + 1);
    }
    Forget(record.removed);
  }
}

Result<> Outbox::Append(std::vector<domain::Signal> signals,
                        std::vector<CheckpointChange> changes) {
  const std::lock_guard lock(mutex_);
  Record record;
  std::size_t bytes = 0;
  for (auto& signal : signals) {
    signal.id = MintUuid7(seams_.clock, seams_.random).ToString();
    std::string text = DumpJson(domain::ToStructured(signal));
    if (text.size() > domain::kSignalBytesMax) {
      return Fail(ErrorCode::kTooLarge, fmt::format("a signal of {} bytes, at most {} are allowed",
                                                    text.size(), domain::kSignalBytesMax));
    }
    bytes += text.size();
    record.signals.push_back({next_sequence_ + record.signals.size(), std::move(text)});
  }
  if (bytes > 0 && waiting_bytes_ + bytes > options_.bytes_max) {
    return Fail(ErrorCode::kOutboxFull,
                fmt::format("{} bytes wait, at most {} may", waiting_bytes_, options_.bytes_max));
  }
  record.changes = std::move(changes);
  ASSAYD_CHECK(Write(record));
  next_sequence_ += record.signals.size();
  waiting_bytes_ += bytes;
  std::ranges::move(record.signals, std::back_inserter(waiting_));
  for (const auto& change : record.changes) checkpoints_.Apply(change);
  return {};
}

Result<> Outbox::Write(const Record& record) {
  if (broken_) ASSAYD_CHECK(Rewrite());
  const std::string bytes = outbox_format::EncodeRecord(record, durable_);
  broken_ = true;
  ASSAYD_CHECK(file_->WriteAt(end_, bytes));
  ASSAYD_CHECK(file_->Sync());
  end_ += bytes.size();
  durable_ = end_;
  broken_ = false;
  return {};
}

Result<> Outbox::Rewrite() {
  Record checkpoints;
  checkpoints.changes = checkpoints_.AsChanges();
  // The number to go on with must outlive the signals that had the ones before it.
  if (next_sequence_ > 0) checkpoints.removed.push_back(next_sequence_ - 1);
  const bool last_waits = !waiting_.empty() && waiting_.back().sequence + 1 == next_sequence_;
  if (last_waits) checkpoints.removed.clear();
  std::string records = outbox_format::EncodeRecord(checkpoints, 0);
  for (std::size_t i = 0; i < waiting_.size();) {
    Record record;
    while (i < waiting_.size() && record.signals.size() < kSignalsPerRecord) {
      record.signals.push_back(waiting_[i++]);
    }
    records += outbox_format::EncodeRecord(record, 0);
  }
  const std::uint64_t size = outbox_format::kHeaderBytes + records.size();
  const auto fresh_path = options_.folder / "outbox.new";
  ASSAYD_TRY(auto fresh, seams_.files.Open(fresh_path, OpenFor::kCreating));
  ASSAYD_CHECK(fresh->Truncate(0));
  ASSAYD_CHECK(fresh->WriteAt(0, outbox_format::EncodeHeader(size) + records));
  ASSAYD_CHECK(fresh->Sync());
  // From here on the name may mean either file until the folder is synced.
  broken_ = true;
  ASSAYD_CHECK(seams_.files.Rename(fresh_path, File()));
  ASSAYD_CHECK(seams_.files.SyncDirectory(options_.folder));
  file_ = std::move(fresh);
  end_ = durable_ = kept_ = size;
  broken_ = false;
  return {};
}

std::vector<Outbox::Outgoing> Outbox::Head(std::size_t count_max, std::size_t bytes_max) const {
  const std::lock_guard lock(mutex_);
  std::vector<Outgoing> head;
  std::size_t bytes = 0;
  for (const auto& signal : waiting_) {
    bytes += signal.text.size();
    if (!head.empty() && (head.size() >= count_max || bytes > bytes_max)) break;
    head.push_back({signal.sequence, signal.text});
  }
  return head;
}

void Outbox::Forget(std::span<const std::uint64_t> sequences) {
  for (const std::uint64_t sequence : sequences) {
    const auto found = std::ranges::lower_bound(waiting_, sequence, {}, &Waiting::sequence);
    if (found == waiting_.end() || found->sequence != sequence) continue;
    waiting_bytes_ -= found->text.size();
    waiting_.erase(found);
  }
}

void Outbox::Remove(std::span<const std::uint64_t> sequences) {
  const std::lock_guard lock(mutex_);
  Forget(sequences);
  if (broken_ || sequences.empty()) return;
  Record record;
  record.removed.assign(sequences.begin(), sequences.end());
  const std::string bytes = outbox_format::EncodeRecord(record, durable_);
  // Not synced: what comes back after a crash carries its old id and is recognised.
  const auto written = file_->WriteAt(end_, bytes);
  end_ += bytes.size();
  if (!written) broken_ = true;
  const bool is_worth_it =
      end_ > options_.rewrite_bytes_min && end_ / 2 > waiting_bytes_ && end_ / 2 > kept_;
  if (!broken_ && !is_worth_it) return;
  if (const auto rewritten = Rewrite(); !rewritten) {
    log::Warn("outbox cannot be written anew", {{"error", rewritten.error().ToString()}});
  }
}

bool Outbox::HasRoom() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_ + std::min(options_.bytes_max / 8, 2 * domain::kSignalBytesMax) <
         options_.bytes_max;
}

Outbox::Usage Outbox::usage() const {
  const std::lock_guard lock(mutex_);
  return {waiting_.size(), waiting_bytes_, end_};
}

std::optional<Digest> Outbox::HashOf(std::string_view tenant, std::string_view setting) const {
  const std::lock_guard lock(mutex_);
  return checkpoints_.HashOf(tenant, setting);
}

AuditProgress Outbox::AuditOf(std::string_view tenant, std::string_view source) const {
  const std::lock_guard lock(mutex_);
  return checkpoints_.AuditOf(tenant, source);
}

std::string Outbox::CommandCursor() const {
  const std::lock_guard lock(mutex_);
  return checkpoints_.command_cursor();
}

}  // namespace assayd::connectors
