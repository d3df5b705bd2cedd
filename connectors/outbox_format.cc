#include "connectors/outbox_format.h"

#include <algorithm>

#include "base/cbor.h"
#include "base/crypto.h"

namespace assayd::connectors::outbox_format {
namespace {

constexpr std::string_view kFileMagic = "assaydo";
constexpr char kFormatVersion = '1';
constexpr std::string_view kRecordMagic = "\xA5rec";
constexpr std::size_t kChecksumBytes = 8;
constexpr std::uint64_t kRecordFields = 3;

void PutInteger(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t GetInteger(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

std::string ChecksumOf(std::string_view head, std::string_view payload) {
  thread_local Sha256 hasher;
  hasher.Start();
  hasher.Update(head);
  hasher.Update(payload);
  return std::string(AsText(hasher.Finish()).substr(0, kChecksumBytes));
}

std::string EncodePayload(const Record& record) {
  std::string payload;
  CborWriter writer(payload);
  writer.Array(kRecordFields);
  writer.Array(record.signals.size() * 2);
  for (const auto& signal : record.signals) {
    writer.UInt(signal.sequence);
    writer.Bytes(signal.text);
  }
  writer.Array(record.changes.size());
  for (const auto& change : record.changes) Encode(writer, change);
  writer.Array(record.removed.size());
  for (const std::uint64_t sequence : record.removed) writer.UInt(sequence);
  return payload;
}

std::optional<Record> DecodePayload(std::string_view payload) {
  CborReader reader(payload);
  Record record;
  if (reader.Array() != kRecordFields) return std::nullopt;
  const std::uint64_t signals = reader.Array();
  for (std::uint64_t i = 0; i + 1 < signals && reader.ok(); i += 2) {
    const std::uint64_t sequence = reader.UInt();
    record.signals.push_back({sequence, std::string(reader.Bytes())});
  }
  const std::uint64_t changes = reader.Array();
  for (std::uint64_t i = 0; i < changes && reader.ok(); ++i) {
    record.changes.push_back(DecodeChange(reader));
  }
  const std::uint64_t removed = reader.Array();
  for (std::uint64_t i = 0; i < removed && reader.ok(); ++i) {
    record.removed.push_back(reader.UInt());
  }
  if (!reader.done()) return std::nullopt;
  return record;
}

struct Found {
  Record record;
  std::uint64_t durable_size = 0;
  std::size_t size = 0;
};

/// The whole record at the begin of `bytes`.
std::optional<Found> RecordAt(std::string_view bytes) {
  if (bytes.size() < kRecordHeadBytes || !bytes.starts_with(kRecordMagic)) return std::nullopt;
  const std::uint64_t payload_size = GetInteger(bytes.substr(4, 4));
  if (payload_size > bytes.size() - kRecordHeadBytes) return std::nullopt;
  const std::string_view payload = bytes.substr(kRecordHeadBytes, payload_size);
  if (ChecksumOf(bytes.substr(0, 16), payload) != bytes.substr(16, kChecksumBytes)) {
    return std::nullopt;
  }
  auto record = DecodePayload(payload);
  if (!record) return std::nullopt;
  return Found{*std::move(record), GetInteger(bytes.substr(8, 8)), kRecordHeadBytes + payload_size};
}

/// How much was on the disk when the file got its name; nothing when the header is damaged.
std::optional<std::uint64_t> CompleteSize(std::string_view file) {
  if (file.size() < kHeaderBytes || !file.starts_with(kFileMagic)) return std::nullopt;
  if (ChecksumOf(file.substr(0, 16), {}) != file.substr(16, kChecksumBytes)) return std::nullopt;
  return GetInteger(file.substr(8, 8));
}

}  // namespace

std::string EncodeHeader(std::uint64_t complete_size) {
  std::string header(kFileMagic);
  header.push_back(kFormatVersion);
  PutInteger(header, complete_size, 8);
  return header + ChecksumOf(header, {});
}

std::string EncodeRecord(const Record& record, std::uint64_t durable_size) {
  const std::string payload = EncodePayload(record);
  std::string bytes(kRecordMagic);
  PutInteger(bytes, payload.size(), 4);
  PutInteger(bytes, durable_size, 8);
  bytes += ChecksumOf(bytes, payload);
  return bytes + payload;
}

Result<Contents> Decode(std::string_view file) {
  if (file.size() > kFileMagic.size() && file.starts_with(kFileMagic) &&
      file[kFileMagic.size()] > kFormatVersion) {
    return Fail(ErrorCode::kStoreNewer, "the outbox has a newer format");
  }
  const auto complete_size = CompleteSize(file);
  std::uint64_t durable = complete_size.value_or(file.size());
  std::optional<std::uint64_t> first_bad;
  if (!complete_size) first_bad = 0;
  Contents contents;
  std::size_t at = std::min(kHeaderBytes, file.size());
  while (at < file.size()) {
    if (auto found = RecordAt(file.substr(at))) {
      durable = std::max(durable, found->durable_size);
      contents.records.push_back(std::move(found->record));
      if (!first_bad) ++contents.good_count;
      at += found->size;
      continue;
    }
    if (!first_bad) first_bad = at;
    const auto next = file.find(kRecordMagic, at + 1);
    if (next == std::string_view::npos) break;
    at = next;
  }
  contents.good_size = first_bad.value_or(file.size());
  if (contents.good_size < durable) contents.damage = contents.good_size;
  return contents;
}

}  // namespace assayd::connectors::outbox_format
