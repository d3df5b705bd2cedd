#include "bench/long_log.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>

#include "base/text.h"
#include "bench/event_writer.h"
#include "bench/figures.h"
#include "projections/rebuild.h"

namespace assayd::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLayoutOfCache = 4;  ///< grows with the form of stores and of snapshots

std::string MarkOf(const LongLogOptions& options, const config::LoadedCatalogue& catalogue) {
  return fmt::format("{} {} {} {} {}", kLayoutOfCache, options.events, options.tenants,
                     options.events_after_snapshot, ToHex(catalogue.catalogue->sha256));
}

void SaveSnapshotsOf(eventstore::EventLog& log, const config::LoadedCatalogue& catalogue) {
  projections::Catalogues catalogues(
      [](const Digest&) { return std::nullopt; },
      [](std::string_view text) { return config::ParseCanonicalCatalogue(text); });
  catalogues.Add(catalogue.catalogue);
  const auto rebuilt = Must(projections::Rebuild(log, catalogues, {.use_snapshots = false}));
  Must(projections::SaveSnapshots(log, rebuilt.views));
}

[[noreturn]] void WriteAndDie(const LongLogOptions& options,
                              const config::LoadedCatalogue& catalogue) {
  PosixFileSystem files;
  const auto log = Must(eventstore::EventLog::Open({.path = options.folder, .files = &files}));
  {
    EventWriter writer(*log, catalogue, options.tenants, options.events);
    writer.Register();
    if (options.events_after_snapshot > 0) {
      writer.WriteUntil(options.events - options.events_after_snapshot);
      SaveSnapshotsOf(*log, catalogue);
    }
    writer.WriteUntil(options.events);
  }
  const fs::path key = options.folder / "store.key";
  Must(ReplaceFile(files, key, std::string(2 * std::tuple_size_v<Key256>, '7') + "\n"));
  fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
  ::kill(::getpid(), SIGKILL);
  std::abort();
}

}  // namespace

domain::TenantId TenantNumber(std::uint32_t number) {
  return *domain::TenantId::Parse(
      fmt::format("{:08x}-0000-4000-8000-{:012x}", number * 2'654'435'761U, number));
}

std::string AliasNumber(std::uint32_t number) { return fmt::format("tenant-{}", number); }

domain::TenantConfigured ConfigurationOf(std::uint32_t number, const domain::Catalogue& catalogue) {
  domain::TenantConfigured configured;
  configured.alias = AliasNumber(number);
  configured.cloud = "global";
  for (const auto& schema : catalogue.settings) {
    configured.sources.push_back({schema.source, schema.interval});
  }
  std::ranges::sort(configured.sources, {}, &domain::SourceConfiguration::source);
  return configured;
}

void EnsureLongLog(const LongLogOptions& options, const config::LoadedCatalogue& catalogue) {
  const fs::path mark = options.folder.string() + ".mark";
  std::string found;
  std::getline(std::ifstream(mark) >> std::ws, found);
  if (found == MarkOf(options, catalogue)) return;
  fs::remove(mark);
  fs::remove_all(options.folder);
  std::cerr << "writing " << options.events << " events to " << options.folder << " …\n";
  const pid_t writer = ::fork();
  if (writer == 0) WriteAndDie(options, catalogue);
  int status = 0;
  if (writer < 0 || ::waitpid(writer, &status, 0) != writer || !WIFSIGNALED(status) ||
      WTERMSIG(status) != SIGKILL) {
    Stop({ErrorCode::kInternal, "the store could not be made"});
  }
  std::ofstream(mark) << MarkOf(options, catalogue) << "\n";
}

void CopyStore(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::create_directories(to);
  fs::permissions(to, fs::perms::owner_all);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / fs::relative(entry.path(), from);
    if (entry.is_directory()) {
      fs::create_directories(target);
    } else if (entry.path().extension() == ".sst") {
      fs::create_hard_link(entry.path(), target);
    } else {
      fs::copy_file(entry.path(), target);
    }
  }
}

}  // namespace assayd::bench
