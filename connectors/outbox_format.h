#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "connectors/checkpoints.h"

/// The bytes of the outbox file: a header, then records of which each stands for itself.
///
///   header   "assaydo1", 8 bytes complete size, 8 bytes checksum
///   record   "\xA5rec", 4 bytes payload size, 8 bytes durable size, 8 bytes checksum, payload
///
/// Integers are little-endian; a checksum is the begin of the SHA-256 of what surrounds it. The
/// *complete size* is how much the file held when it got its name, the *durable size* how much was
/// known to be on the disk when a record was written: both tell a write that was cut off, which is
/// behind all of them, from damage, which is not.
namespace assayd::connectors::outbox_format {

inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::size_t kRecordHeadBytes = 24;

/// A signal as it waits: its structured text.
struct Waiting {
  std::uint64_t sequence = 0;
  std::string text;
};

/// One synced step: signals together with the checkpoints that follow from them, or numbers of
/// signals that are no longer needed.
struct Record {
  std::vector<Waiting> signals;
  std::vector<CheckpointChange> changes;
  std::vector<std::uint64_t> removed;
};

std::string EncodeHeader(std::uint64_t complete_size);
std::string EncodeRecord(const Record& record, std::uint64_t durable_size);

struct Contents {
  std::vector<Record> records;          ///< all that are whole, in order
  std::size_t good_count = 0;           ///< of them, those before good_size
  std::uint64_t good_size = 0;          ///< up to the first byte that is not a whole record
  std::optional<std::uint64_t> damage;  ///< where what was durable is damaged
};

/// kStoreNewer for a format of a later version. Everything else is told in the contents.
Result<Contents> Decode(std::string_view file);

}  // namespace assayd::connectors::outbox_format
