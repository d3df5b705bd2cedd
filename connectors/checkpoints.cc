#include "connectors/checkpoints.h"

#include <algorithm>

namespace assayd::connectors {
namespace {

constexpr std::uint64_t kSettingRead = 1;
constexpr std::uint64_t kAuditRead = 2;
constexpr std::uint64_t kCommandsRead = 3;

void EncodeFields(CborWriter& writer, const SettingRead& change) {
  writer.Array(4);
  writer.UInt(kSettingRead);
  writer.Text(change.tenant);
  writer.Text(change.setting);
  writer.Bytes(change.hash ? AsText(*change.hash) : std::string_view());
}

void EncodeFields(CborWriter& writer, const AuditRead& change) {
  writer.Array(6);
  writer.UInt(kAuditRead);
  writer.Text(change.tenant);
  writer.Text(change.source);
  if (change.watermark) {
    writer.Int(ToMillis(*change.watermark));
  } else {
    writer.Null();
  }
  writer.Int(ToMillis(change.deep_read));
  writer.Array(change.seen.size() * 2);
  for (const auto& [fingerprint, time] : change.seen) {
    writer.Bytes(fingerprint);
    writer.Int(ToMillis(time));
  }
}

void EncodeFields(CborWriter& writer, const CommandsRead& change) {
  writer.Array(2);
  writer.UInt(kCommandsRead);
  writer.Text(change.cursor);
}

SettingRead DecodeSettingRead(CborReader& reader) {
  SettingRead change;
  change.tenant = reader.Text();
  change.setting = reader.Text();
  const std::string_view hash = reader.Bytes();
  if (hash.empty()) return change;
  if (hash.size() != std::tuple_size_v<Digest>) {
    reader.Fail();
    return change;
  }
  std::ranges::copy(AsBytes(hash), change.hash.emplace().begin());
  return change;
}

AuditRead DecodeAuditRead(CborReader& reader) {
  AuditRead change;
  change.tenant = reader.Text();
  change.source = reader.Text();
  if (!reader.SkipNull()) change.watermark = FromMillis(reader.Int());
  change.deep_read = FromMillis(reader.Int());
  const std::uint64_t items = reader.Array();
  for (std::uint64_t i = 0; i + 1 < items && reader.ok(); i += 2) {
    std::string fingerprint(reader.Bytes());
    const TimePoint time = FromMillis(reader.Int());
    change.seen.emplace_back(std::move(fingerprint), time);
  }
  return change;
}

}  // namespace

void Checkpoints::Apply(const CheckpointChange& change) {
  if (const auto* setting = std::get_if<SettingRead>(&change)) {
    const Key key(setting->tenant, setting->setting);
    if (setting->hash) {
      hashes_[key] = *setting->hash;
    } else {
      hashes_.erase(key);
    }
  } else if (const auto* audit = std::get_if<AuditRead>(&change)) {
    AuditProgress& progress = audits_[Key(audit->tenant, audit->source)];
    progress.watermark = audit->watermark;
    progress.deep_read = audit->deep_read;
    progress.seen.insert(audit->seen.begin(), audit->seen.end());
    if (!audit->watermark) return;
    std::erase_if(progress.seen,
                  [&](const auto& seen) { return seen.second < *audit->watermark - kSeenAge; });
  } else {
    command_cursor_ = std::get<CommandsRead>(change).cursor;
  }
}

std::optional<Digest> Checkpoints::HashOf(std::string_view tenant, std::string_view setting) const {
  const auto found = hashes_.find(Key(tenant, setting));
  if (found == hashes_.end()) return std::nullopt;
  return found->second;
}

AuditProgress Checkpoints::AuditOf(std::string_view tenant, std::string_view source) const {
  const auto found = audits_.find(Key(tenant, source));
  return found == audits_.end() ? AuditProgress() : found->second;
}

std::vector<CheckpointChange> Checkpoints::AsChanges() const {
  std::vector<CheckpointChange> changes;
  for (const auto& [key, hash] : hashes_) {
    changes.emplace_back(SettingRead{key.first, key.second, hash});
  }
  for (const auto& [key, audit] : audits_) {
    changes.emplace_back(AuditRead{key.first,
                                   key.second,
                                   audit.watermark,
                                   audit.deep_read,
                                   {audit.seen.begin(), audit.seen.end()}});
  }
  if (!command_cursor_.empty()) changes.emplace_back(CommandsRead{command_cursor_});
  return changes;
}

void Encode(CborWriter& writer, const CheckpointChange& change) {
  std::visit([&](const auto& fields) { EncodeFields(writer, fields); }, change);
}

CheckpointChange DecodeChange(CborReader& reader) {
  const std::uint64_t count = reader.Array();
  const std::uint64_t kind = reader.UInt();
  if (kind == kSettingRead && count == 4) return DecodeSettingRead(reader);
  if (kind == kAuditRead && count == 6) return DecodeAuditRead(reader);
  if (kind != kCommandsRead || count != 2) reader.Fail();
  return CommandsRead{std::string(reader.Text())};
}

std::string AuditFingerprint(std::string_view id) {
  constexpr std::size_t kFingerprintBytes = 16;
  return std::string(AsText(HashOf(id)).substr(0, kFingerprintBytes));
}

}  // namespace assayd::connectors
