#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace assayd::eventstore {

/// Where the write-ahead logs of a RocksDB stop being readable.
struct WalDamage {
  std::filesystem::path file;
  std::uint64_t offset = 0;                      ///< of the record's header, in bytes
  std::optional<std::uint64_t> last_sequence{};  ///< RocksDB's, of the last whole write before it
  std::optional<std::uint64_t> end{};            ///< position behind the last whole group before it
};

/// The first record whose checksum, length or kind is wrong, the logs of the folder `db` in their
/// order (format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format). Nothing
/// when there is none: an end in the middle of a record is no damage. Reads only.
std::optional<WalDamage> FindWalDamage(const std::filesystem::path& db);

std::string ToText(const WalDamage& damage);

}  // namespace assayd::eventstore
