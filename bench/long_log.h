#pragma once

#include <cstdint>
#include <filesystem>

#include "config/catalogue_folder.h"
#include "domain/ids.h"
#include "domain/payloads.h"

namespace assayd::bench {

struct LongLogOptions {
  std::filesystem::path folder;
  std::uint64_t events = 10'000'000;
  std::uint32_t tenants = 1'000;
  /// Snapshots stand for everything but so many events at the end; 0: there are none.
  std::uint64_t events_after_snapshot = 0;
};

/// A store of so many events, as a daemon leaves it that was killed a moment ago: written through
/// the log by a process that ends itself by SIGKILL, sealed as housekeeping does, with what RocksDB
/// had not flushed in its write-ahead log. Kept: nothing
/// is done when the folder has it already. To be called before this process opens a store:
/// RocksDB's threads do not survive the fork.
///
/// The events are those of a week: one in three names an input and is a changed or an unchanged
/// read of a setting; the others change an action of the tenant, half of the time for the worse.
void EnsureLongLog(const LongLogOptions& options, const config::LoadedCatalogue& catalogue);

/// The n-th tenant of every generated store, and how it is configured.
domain::TenantId TenantNumber(std::uint32_t number);
std::string AliasNumber(std::uint32_t number);
domain::TenantConfigured ConfigurationOf(std::uint32_t number, const domain::Catalogue& catalogue);

/// Copies a store; tables, which never change, are linked.
void CopyStore(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace assayd::bench
