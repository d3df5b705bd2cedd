#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "daemon/document_cache.h"
#include "tests/fakes/small_daemon.h"

/// tests/golden/log-1: a log as version 0.1 wrote it. Later versions must still read it to the same
/// score, and write the same story as the same bytes until a new event version says otherwise.
namespace assayd::scenario {
namespace {

using domain::SignalType;
namespace fs = std::filesystem;

const fs::path kGolden = fs::path(ASSAYD_GOLDEN) / "log-1";

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> Lines(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

domain::Signal Past(fakes::SmallDaemon& daemon, const char* json, Milliseconds ago) {
  auto signal = daemon.Signal(SignalType::kSettingObserved, "irm-configuration",
                              "exchange/irmConfiguration", {{"value", Json::parse(json)}});
  signal.backfill = true;
  signal.time -= ago;
  return signal;
}

/// Something of everything that this version writes.
void TellStory(fakes::SmallDaemon& daemon) {
  const char* const defaults = "graph/identitySecurityDefaultsEnforcementPolicy";
  daemon.Send(Past(daemon, R"({"AzureRMSLicensingEnabled":false})", std::chrono::hours(24 * 30)));
  daemon.Send(Past(daemon, R"({"AzureRMSLicensingEnabled":true})", std::chrono::hours(24 * 10)));
  daemon.Observe("security-defaults", defaults, R"({"id":"5","isEnabled":true})");
  daemon.Observe("irm-configuration", "exchange/irmConfiguration",
                 R"({"AzureRMSLicensingEnabled":true})");
  daemon.clock.Advance(std::chrono::minutes(5));
  daemon.Observe("security-defaults", defaults, R"({"id":"5","isEnabled":false})");
  daemon.Send(daemon.Signal(
      SignalType::kAuditRecorded, "directory-audits", "",
      {{"id", "audit-1"},
       {"activityDateTime", "2026-11-22T10:03:00Z"},
       {"activityDisplayName", "Update security defaults"},
       {"initiatedBy", {{"user", {{"id", "u-1"}, {"userPrincipalName", "kim@contoso.com"}}}}}}));
  daemon.clock.Advance(std::chrono::minutes(5));
  daemon.Send(daemon.Signal(
      SignalType::kObservationFailed, "irm-configuration", "exchange/irmConfiguration",
      {{"reason", "forbidden"}, {"status", 403}, {"missing_permission", "Exchange.ManageAsApp"}}));
  daemon.clock.Advance(std::chrono::hours(3));
  daemon.Observe("security-defaults", defaults, R"({"id":"5","isEnabled":true})");
  daemon.writer->Settle();
}

std::string Hex(std::string_view bytes) { return ToHex(AsBytes(bytes)); }

TEST(GoldenLogTest, TheStoryIsWrittenAsTheSameBytes) {
  const fakes::TemporaryFolder folder;
  const auto catalogue = config::LoadCatalogue({kGolden / "catalogue"});
  ASSERT_TRUE(catalogue) << catalogue.error().ToString();
  fakes::SmallDaemon daemon({.store = folder.path() / "store", .seed = 1}, *catalogue);
  ASSERT_TRUE(daemon.Start());
  TellStory(daemon);

  std::vector<std::string> written;
  ASSERT_TRUE(daemon.log->Read(0, [&](const eventstore::StoredEvent& stored) {
    written.push_back(Hex(stored.bytes));
    return true;
  }));
  const Json digest{{"events", written.size()},
                    {"root", ToHex(daemon.log->head().root)},
                    {"score_digest", daemon.Digest()}};
  if (std::getenv("ASSAYD_WRITE_GOLDEN") != nullptr) {
    std::ofstream events(kGolden / "events.hex");
    for (const auto& line : written) events << line << "\n";
    std::ofstream(kGolden / "catalogue.json") << catalogue->canonical;
    std::ofstream(kGolden / "digest.json") << digest.dump(2) << "\n";
  }
  EXPECT_EQ(catalogue->canonical, Slurp(kGolden / "catalogue.json"));
  EXPECT_EQ(written, Lines(kGolden / "events.hex"));
  EXPECT_EQ(digest, Json::parse(Slurp(kGolden / "digest.json")));
}

TEST(GoldenLogTest, TheRecordedLogReplaysToTheRecordedDigest) {
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  const auto log =
      eventstore::EventLog::Open({.path = folder.path() / "store", .files = &files}).value();
  const std::string canonical = Slurp(kGolden / "catalogue.json");
  eventstore::Commit commit(0);
  commit.AddBlob(Uuid(), HashOf(canonical), daemon::PackDocument(canonical));
  std::set<domain::EventType> types;
  for (const auto& line : Lines(kGolden / "events.hex")) {
    const auto bytes = FromHex(line);
    ASSERT_TRUE(bytes) << line;
    const std::string event(bytes->begin(), bytes->end());
    const auto decoded = domain::DecodeEvent(event);
    ASSERT_TRUE(decoded) << decoded.error().ToString();
    types.insert(decoded->type);
    commit.AddEvent(decoded->tenant.uuid, event);
  }
  EXPECT_GE(types.size(), 9U) << "a story that leaves out what is written proves little";
  auto prepared = log->Prepare(std::move(commit)).value();
  ASSERT_TRUE(log->Write(prepared));
  ASSERT_TRUE(log->Acknowledge(prepared));

  const Json recorded = Json::parse(Slurp(kGolden / "digest.json"));
  EXPECT_EQ(recorded["root"], ToHex(log->head().root));
  EXPECT_EQ(log->head().tree_size, recorded["events"].get<std::uint64_t>());
  projections::Catalogues catalogues(
      [&](const Digest& sha256) {
        const auto document = daemon::ReadDocument(*log, domain::TenantId::System(), sha256);
        return document ? *document : std::nullopt;
      },
      [](std::string_view text) { return config::ParseCanonicalCatalogue(text); });
  const auto rebuilt = projections::Rebuild(*log, catalogues, {.threads = 2});
  ASSERT_TRUE(rebuilt) << rebuilt.error().ToString();
  EXPECT_EQ(recorded["score_digest"], ToHex(projections::ScoreDigest(rebuilt->views)));
}

}  // namespace
}  // namespace assayd::scenario
