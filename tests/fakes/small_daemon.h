#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "config/catalogue_folder.h"
#include "daemon/writer.h"
#include "domain/signal.h"
#include "projections/digest.h"
#include "projections/rebuild.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/seeded_random.h"
#include "tests/fakes/temporary_folder.h"

namespace assayd::fakes {

/// The heart of the daemon on a real store, in one thread, under a fake clock and a seed: signals
/// in, events on disk, views out.
class SmallDaemon {
 public:
  struct Options {
    std::filesystem::path store;
    std::uint64_t seed = 1;
    TimePoint now = *ParseTime("2026-11-22T10:00:00Z");
    FileSystem* files = nullptr;
    std::shared_ptr<rocksdb::FileSystem> rocksdb_files;
    std::size_t groups_under_way_max = 0;
    const daemon::SpaceWatch* space = nullptr;
  };

  static constexpr const char* kTenant = "3f1c0d2e-0000-4000-8000-0123456789ab";

  SmallDaemon(const Options& options, const config::LoadedCatalogue& catalogue)
      : clock(options.now), random(options.seed), options_(options), catalogue_(catalogue) {}

  /// Opens the store and does what `serve` does at start.
  Result<> Start() {
    ASSAYD_TRY(log, eventstore::EventLog::Open(
                        {.path = options_.store,
                         .files = options_.files != nullptr ? options_.files : &files_,
                         .rocksdb_files = options_.rocksdb_files}));
    catalogues.emplace([this](const assayd::Digest& sha256) { return ReadCatalogue(sha256); },
                       [](std::string_view text) { return config::ParseCanonicalCatalogue(text); });
    ASSAYD_TRY(auto rebuilt, projections::Rebuild(*log, *catalogues, {.threads = 1}));
    fleet.Replace(std::move(rebuilt.views));
    Key256 store_key{};
    store_key.fill(7);
    keys.emplace(store_key, random, [this](std::string_view name) { return log->GetKey(name); });
    quarantine.emplace(*log, clock, random);
    daemon::WriterOptions writer_options;
    writer_options.journal.groups_under_way_max = options_.groups_under_way_max;
    writer_options.space = options_.space;
    writer.emplace(
        daemon::Writer::Parts{*log, fleet, *catalogues, *keys, ages, *quarantine, clock, random},
        writer_options, [](std::uint64_t) {});
    ASSAYD_CHECK(writer->Prepare());
    ASSAYD_CHECK(Ask(daemon::AdoptInput{catalogue_.catalogue, catalogue_.canonical}));
    domain::TenantConfigured configuration{.alias = "contoso", .cloud = "global"};
    return Ask(daemon::ConfigureInput{{{*domain::TenantId::Parse(kTenant), configuration}}});
  }

  void Stop() {
    writer.reset();
    quarantine.reset();
    keys.reset();
    fleet.Replace({});
    catalogues.reset();
    log.reset();
  }

  /// Submits, works, and gives the answer.
  daemon::Answer Submit(daemon::Input input) {
    daemon::Answer answer = Fail(ErrorCode::kInternal, "never answered");
    writer->Submit(std::move(input), [&](daemon::Answer given) { answer = std::move(given); });
    writer->Settle();
    return answer;
  }
  Result<> Ask(daemon::Input input) {
    const auto answer = Submit(std::move(input));
    if (!answer) return std::unexpected(answer.error());
    return {};
  }

  domain::Signal Signal(domain::SignalType type, const std::string& source,
                        const std::string& setting, Json data) {
    domain::Signal signal;
    signal.id = MintUuid7(clock, random).ToString();
    signal.tenant = kTenant;
    signal.source_name = source;
    signal.source = domain::SignalSource(kTenant, source);
    signal.type = type;
    signal.subject = setting;
    signal.time = clock.Now();
    signal.data = std::move(data);
    return signal;
  }
  daemon::Outcome Send(const domain::Signal& signal) {
    daemon::SignalsInput input;
    input.items.push_back({signal, DumpJson(ToStructured(signal))});
    const auto answer = Submit(std::move(input));
    if (answer) return answer->front();
    ADD_FAILURE() << answer.error().ToString();
    return {};
  }
  daemon::Outcome Observe(const std::string& source, const std::string& setting, const char* json) {
    return Send(Signal(domain::SignalType::kSettingObserved, source, setting,
                       {{"value", Json::parse(json)}}));
  }

  [[nodiscard]] const projections::TenantView& View() const { return *fleet.Find(kTenant); }
  [[nodiscard]] domain::TestStatus TestOf(const char* action) const {
    const auto& state = View().state();
    return state.units.Get(*state.layout->Find(action, "")).test;
  }
  [[nodiscard]] std::string Digest() const { return ToHex(projections::ScoreDigest(fleet.All())); }
  /// The digest of an empty rebuild of what is on disk.
  [[nodiscard]] std::string RebuiltDigest() {
    const auto rebuilt =
        projections::Rebuild(*log, *catalogues, {.threads = 2, .use_snapshots = false});
    if (!rebuilt) return rebuilt.error().ToString();
    return ToHex(projections::ScoreDigest(rebuilt->views));
  }

  FakeClock clock;
  SeededRandom random;
  std::unique_ptr<eventstore::EventLog> log;
  projections::Fleet fleet;
  std::optional<projections::Catalogues> catalogues;
  std::optional<daemon::KeyRing> keys;
  daemon::LiveAges ages;
  std::optional<daemon::Quarantine> quarantine;
  std::optional<daemon::Writer> writer;

 private:
  std::optional<std::string> ReadCatalogue(const assayd::Digest& sha256) {
    const auto document = daemon::ReadDocument(*log, domain::TenantId::System(), sha256);
    return document ? *document : std::nullopt;
  }

  Options options_;
  const config::LoadedCatalogue& catalogue_;
  PosixFileSystem files_;
};

/// The catalogue that ships, loaded once per process.
inline const config::LoadedCatalogue& ShippedCatalogue(const char* folder) {
  static const config::LoadedCatalogue loaded = [&] {
    std::vector<config::CatalogueProblem> problems;
    return *config::LoadCatalogue({folder}, problems);
  }();
  return loaded;
}

}  // namespace assayd::fakes
