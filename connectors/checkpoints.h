#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/cbor.h"
#include "base/clock.h"
#include "base/crypto.h"

namespace assayd::connectors {

/// How far an audit source has been read.
struct AuditProgress {
  /// Everything up to here was read completely once; nothing before the first complete read.
  std::optional<TimePoint> watermark;
  /// When the last read over the long overlap began.
  TimePoint deep_read;
  /// Fingerprints of records near the watermark, so that overlapping reads bring each one once.
  std::map<std::string, TimePoint> seen;
};

/// What one step forward changes. Each is a fact that holds whatever was before it.
struct SettingRead {
  std::string tenant;
  std::string setting;
  std::optional<Digest> hash;  ///< of the canonical text; nothing: to be sent whole next time
};
struct AuditRead {
  std::string tenant;
  std::string source;
  std::optional<TimePoint> watermark;
  TimePoint deep_read;
  std::vector<std::pair<std::string, TimePoint>> seen;  ///< fingerprint, time of the record
};
struct CommandsRead {
  std::string cursor;
};
using CheckpointChange = std::variant<SettingRead, AuditRead, CommandsRead>;

/// What the connectors must remember to go on where they stopped. Losing it costs a re-read.
class Checkpoints {
 public:
  /// Older fingerprints than this before the watermark are forgotten: no read goes back so far.
  static constexpr Milliseconds kSeenAge = std::chrono::hours(3);

  void Apply(const CheckpointChange& change);

  /// Nothing when the setting was not read yet, or is to be sent whole.
  [[nodiscard]] std::optional<Digest> HashOf(std::string_view tenant,
                                             std::string_view setting) const;
  [[nodiscard]] AuditProgress AuditOf(std::string_view tenant, std::string_view source) const;
  [[nodiscard]] const std::string& command_cursor() const { return command_cursor_; }

  /// Changes that make an empty one equal to this.
  [[nodiscard]] std::vector<CheckpointChange> AsChanges() const;

 private:
  using Key = std::pair<std::string, std::string>;
  std::map<Key, Digest> hashes_;
  std::map<Key, AuditProgress> audits_;
  std::string command_cursor_;
};

void Encode(CborWriter& writer, const CheckpointChange& change);
/// Fails the reader when the bytes are something else.
CheckpointChange DecodeChange(CborReader& reader);

/// What stands for a record's id in AuditProgress::seen: 16 bytes.
std::string AuditFingerprint(std::string_view id);

}  // namespace assayd::connectors
