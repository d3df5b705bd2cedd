#include "connectors/outbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/uuid.h"
#include "tests/fakes/crashing_file_system.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/seeded_random.h"
#include "tests/fakes/temporary_folder.h"

namespace assayd::connectors {
namespace {

const TimePoint kStart = FromMillis(1'700'000'000'000);
const std::string kTenant = "3f1c0000-0000-4000-8000-000000000001";

domain::Signal MakeSignal(int number, std::size_t padding = 0) {
  domain::Signal signal;
  signal.tenant = kTenant;
  signal.source_name = "conditional-access";
  signal.source = domain::SignalSource(signal.tenant, signal.source_name);
  signal.type = domain::SignalType::kSettingObserved;
  signal.subject = "graph/conditionalAccessPolicies";
  signal.time = kStart + Milliseconds(number);
  signal.data = {{"number", number}, {"padding", std::string(padding, 'x')}};
  return signal;
}

SettingRead MakeChange(int number) {
  return {kTenant, "graph/conditionalAccessPolicies", HashOf(std::to_string(number))};
}

Json Parsed(const Outbox::Outgoing& signal) { return Json::parse(signal.text); }

class OutboxTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Outbox>> Open(Outbox::Options options = {}) {
    options.folder = "/state";
    return Outbox::Open(options, {files_, clock_, random_});
  }
  static Result<> Put(Outbox& outbox, int number, std::size_t padding = 0) {
    return outbox.Append({MakeSignal(number, padding)}, {MakeChange(number)});
  }
  static std::vector<int> Numbers(const Outbox& outbox) {
    std::vector<int> numbers;
    for (const auto& signal : outbox.Head(1'000'000, 1'000'000'000)) {
      numbers.push_back(Parsed(signal)["data"]["number"]);
    }
    return numbers;
  }

  fakes::CrashingFileSystem files_;
  fakes::FakeClock clock_{kStart};
  fakes::SeededRandom random_{7};
};

TEST_F(OutboxTest, KeepsSignalsAndCheckpointsOverARestart) {
  std::vector<Outbox::Outgoing> before;
  {
    const auto outbox = Open().value();
    EXPECT_TRUE(outbox->Head(10, 1000).empty());
    ASSERT_TRUE(outbox->Append({MakeSignal(1), MakeSignal(2)}, {MakeChange(2)}));
    ASSERT_TRUE(outbox->Append(
        {}, {AuditRead{kTenant,
                       "directory-audits",
                       kStart,
                       kStart,
                       {{AuditFingerprint("a"), kStart}, {AuditFingerprint("b"), kStart}}},
             CommandsRead{"cursor-7"}}));
    before = outbox->Head(10, 1'000'000);
  }
  const auto outbox = Open().value();
  const auto after = outbox->Head(10, 1'000'000);
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].text, before[0].text);
  EXPECT_EQ(after[1].text, before[1].text);
  EXPECT_NE(Parsed(after[0])["id"], Parsed(after[1])["id"]);
  EXPECT_EQ(Uuid::Parse(Parsed(after[0])["id"].get<std::string>())->bytes[6] >> 4, 7);
  EXPECT_EQ(outbox->HashOf(kTenant, "graph/conditionalAccessPolicies"), HashOf("2"));
  EXPECT_EQ(outbox->HashOf(kTenant, "other"), std::nullopt);
  EXPECT_EQ(outbox->AuditOf(kTenant, "directory-audits").watermark, kStart);
  EXPECT_EQ(outbox->AuditOf(kTenant, "directory-audits").seen.size(), 2U);
  EXPECT_EQ(outbox->CommandCursor(), "cursor-7");
}

TEST_F(OutboxTest, GivesTheOldestFirstWithinBounds) {
  const auto outbox = Open().value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Put(*outbox, i, 1000));
  EXPECT_EQ(outbox->Head(3, 1'000'000).size(), 3U);
  EXPECT_EQ(outbox->Head(100, 3'000).size(), 2U);
  EXPECT_EQ(outbox->Head(100, 1).size(), 1U) << "one always goes";
  EXPECT_EQ(outbox->Head(100, 1)[0].sequence, 0U);
  outbox->Remove(std::vector<std::uint64_t>{0, 2, 99});
  EXPECT_EQ(Numbers(*outbox), (std::vector<int>{1, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(outbox->usage().signals, 8U);
}

TEST_F(OutboxTest, RefusesMoreWhenFullAndDropsNothing) {
  const auto outbox = Open({.bytes_max = 50'000}).value();
  int taken = 0;
  while (Put(*outbox, taken, 1000)) ++taken;
  EXPECT_GT(taken, 30);
  EXPECT_FALSE(outbox->HasRoom());
  const auto refused = Put(*outbox, 1000, 1000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOutboxFull);
  EXPECT_EQ(outbox->HashOf(kTenant, "graph/conditionalAccessPolicies"),
            HashOf(std::to_string(taken - 1)))
      << "the checkpoint stays with the last signal that was taken";
  EXPECT_EQ(Numbers(*outbox).size(), static_cast<std::size_t>(taken));
  outbox->Remove(std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_TRUE(outbox->HasRoom());
  EXPECT_TRUE(Put(*outbox, 1000, 1000));
  EXPECT_TRUE(outbox->Append({}, {CommandsRead{"x"}}));

  const auto huge = Put(*outbox, 1, domain::kSignalBytesMax);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::kTooLarge);
}

TEST_F(OutboxTest, StaysSmallHoweverMuchGoesThroughIt) {
  const auto outbox = Open({.rewrite_bytes_min = 20'000}).value();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(Put(*outbox, i, 500));
    outbox->Remove(std::vector<std::uint64_t>{static_cast<std::uint64_t>(i)});
    EXPECT_LT(outbox->usage().file_bytes, 40'000U);
  }
  EXPECT_EQ(outbox->usage().bytes, 0U);
  const auto again = Open().value();
  ASSERT_TRUE(Put(*again, 1000));
  EXPECT_EQ(again->Head(1, 1'000)[0].sequence, 1000U) << "numbers are never used twice";
}

TEST_F(OutboxTest, ForgetsAHashThatIsToBeSentWhole) {
  const auto outbox = Open().value();
  ASSERT_TRUE(Put(*outbox, 1));
  ASSERT_TRUE(outbox->Append({}, {SettingRead{kTenant, "graph/conditionalAccessPolicies", {}}}));
  EXPECT_EQ(outbox->HashOf(kTenant, "graph/conditionalAccessPolicies"), std::nullopt);
  EXPECT_EQ(Open().value()->HashOf(kTenant, "graph/conditionalAccessPolicies"), std::nullopt);
}

/// What the one who appended knows.
struct Known {
  std::map<int, std::string> taken;  // number → text, acknowledged
  std::set<int> removed;
  int last_taken = -1;
};

/// Appends, publishes and rewrites until done or until the disk fails.
void Work(Outbox& outbox, Known& known, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    if (!outbox.Append({MakeSignal(i, 300)}, {MakeChange(i)})) return;
    const auto head = outbox.Head(1000, 1'000'000);
    known.taken[i] = head.back().text;
    known.last_taken = i;
    if (i % 3 != 2) continue;
    outbox.Remove(std::vector<std::uint64_t>{head[0].sequence, head[1].sequence});
    known.removed.insert(Parsed(head[0])["data"]["number"].get<int>());
    known.removed.insert(Parsed(head[1])["data"]["number"].get<int>());
  }
}

TEST_F(OutboxTest, LosesNothingInAPowerCutAtAnyStep) {
  std::size_t cuts = 0;
  for (std::size_t step = 1; step < 200; ++step) {
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      fakes::CrashingFileSystem files;
      fakes::SeededRandom fate(step * 1000 + seed);
      const auto open = [&] {
        return Outbox::Open({.folder = "/state", .rewrite_bytes_min = 1'500},
                            {files, clock_, random_});
      };
      files.CrashAtOperation(step);
      Known known;
      if (const auto outbox = open()) Work(**outbox, known, 0, 24);
      if (!files.crashed()) {
        EXPECT_GT(cuts, 120U);
        return;
      }
      ++cuts;
      files.PowerCut(fate);
      auto outbox = open();
      ASSERT_TRUE(outbox) << outbox.error().ToString();

      std::map<int, std::string> found;
      for (const auto& signal : (*outbox)->Head(1000, 1'000'000)) {
        found[Parsed(signal)["data"]["number"]] = signal.text;
      }
      for (const auto& [number, text] : known.taken) {
        if (known.removed.contains(number)) continue;
        ASSERT_TRUE(found.contains(number)) << "step " << step << " lost " << number;
        EXPECT_EQ(found[number], text) << "same id, same bytes";
      }
      // At most the one append that was under way came through too, and only with its checkpoint.
      const int newest = found.empty() ? -1 : found.rbegin()->first;
      EXPECT_LE(newest, known.last_taken + 1);
      const int expected = std::max(newest, known.last_taken);
      const auto hash = (*outbox)->HashOf(kTenant, "graph/conditionalAccessPolicies");
      if (expected < 0) {
        EXPECT_EQ(hash, std::nullopt);
      } else {
        EXPECT_EQ(hash, HashOf(std::to_string(expected))) << "step " << step;
      }
      // And it goes on.
      Known later;
      Work(**outbox, later, 100, 10);
      EXPECT_EQ(later.taken.size(), 10U);
      EXPECT_FALSE(files.Exists("/state/outbox.damaged"));
    }
  }
  FAIL() << "the work never finished";
}

TEST_F(OutboxTest, HealsAfterAnyOperationFailedOnce) {
  for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kStorageFull}) {
    for (std::size_t step = 5; step < 90; ++step) {
      fakes::CrashingFileSystem files;
      const auto open = [&] {
        return Outbox::Open({.folder = "/state", .rewrite_bytes_min = 1'500},
                            {files, clock_, random_});
      };
      auto outbox = open().value();
      files.FailOperation(step, code);
      int failed = 0;
      for (int i = 0; i < 21; ++i) {
        while (!outbox->Append({MakeSignal(i, 300)}, {MakeChange(i)})) ASSERT_LT(++failed, 3);
        if (i % 3 != 2) continue;
        const auto head = outbox->Head(2, 1'000'000);
        outbox->Remove(std::vector<std::uint64_t>{head[0].sequence, head[1].sequence});
      }
      const auto numbers = Numbers(*outbox);
      EXPECT_EQ(numbers.size(), 7U);
      EXPECT_EQ(numbers.back(), 20);
      files.FailOperation(0);
      outbox = open().value();
      EXPECT_EQ(Numbers(*outbox), numbers) << "step " << step;
    }
  }
}

TEST_F(OutboxTest, KeepsWhatItCanOfADamagedFileAndReadsEverythingAgain) {
  {
    const auto outbox = Open().value();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(Put(*outbox, i, 200));
  }
  std::string& bytes = files_.Bytes("/state/outbox");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  const std::string damaged = bytes;
  const auto outbox = Open().value();
  EXPECT_EQ(Numbers(*outbox).size(), 19U);
  EXPECT_EQ(outbox->HashOf(kTenant, "graph/conditionalAccessPolicies"), std::nullopt);
  EXPECT_EQ(files_.Bytes("/state/outbox.damaged"), damaged);
  ASSERT_TRUE(Put(*outbox, 20));
  EXPECT_EQ(Numbers(*Open().value()).size(), 20U);
}

TEST_F(OutboxTest, SurvivesAnyByteChanged) {
  {
    const auto outbox = Open().value();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(Put(*outbox, i, 20));
  }
  const std::string good = files_.Bytes("/state/outbox");
  for (std::size_t i = 0; i < good.size(); ++i) {
    files_.Bytes("/state/outbox") = good;
    files_.Bytes("/state/outbox")[i] = static_cast<char>(good[i] ^ 0x04);
    const auto outbox = Open();
    if (!outbox) {
      EXPECT_EQ(outbox.error().code, ErrorCode::kStoreNewer) << i;
      EXPECT_EQ(i, 7U);
      continue;
    }
    EXPECT_GE(Numbers(**outbox).size(), 3U) << i;
  }
}

TEST_F(OutboxTest, RefusesANewerFormat) {
  {
    ASSERT_TRUE(Put(*Open().value(), 1));
  }
  files_.Bytes("/state/outbox")[7] = '2';
  const auto outbox = Open();
  ASSERT_FALSE(outbox);
  EXPECT_EQ(outbox.error().code, ErrorCode::kStoreNewer);
  EXPECT_NE(outbox.error().context.find("/state/outbox"), std::string::npos);
}

TEST_F(OutboxTest, ForgetsFingerprintsThatNoReadReachesAnyMore) {
  Checkpoints checkpoints;
  checkpoints.Apply(AuditRead{kTenant, "directory-audits", kStart, {}, {{"old", kStart}}});
  checkpoints.Apply(AuditRead{kTenant,
                              "directory-audits",
                              kStart + std::chrono::hours(2),
                              {},
                              {{"new", kStart + std::chrono::hours(2)}}});
  EXPECT_EQ(checkpoints.AuditOf(kTenant, "directory-audits").seen.size(), 2U);
  checkpoints.Apply(AuditRead{kTenant, "directory-audits", kStart + std::chrono::hours(4), {}, {}});
  EXPECT_EQ(checkpoints.AuditOf(kTenant, "directory-audits").seen.size(), 1U);
}

TEST(OutboxFileTest, IsReadableByItsOwnerOnly) {
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  const fakes::FakeClock clock(kStart);
  fakes::SeededRandom random(1);
  const auto outbox = Outbox::Open({.folder = folder.path()}, {files, clock, random});
  ASSERT_TRUE(outbox);
  struct stat status{};
  ASSERT_EQ(::stat((folder.path() / "outbox").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace assayd::connectors
