#include "daemon/judgement_check.h"

#include <gtest/gtest.h>

#include "daemon/document_cache.h"
#include "tests/fakes/small_daemon.h"

namespace assayd::daemon {
namespace {

using domain::SignalType;
using fakes::SmallDaemon;

/// Whatever order readings come in, deciding them again gives the events that are stored.
class JudgementCheckTest : public testing::Test {
 protected:
  JudgementCheckTest() { EXPECT_TRUE(daemon_.Start()); }

  void Rights(bool on, int days_ago) {
    Observe("irm-configuration", "exchange/irmConfiguration", {{"AzureRMSLicensingEnabled", on}},
            days_ago);
  }
  void Defaults(bool on, int days_ago) {
    Observe("security-defaults", "graph/identitySecurityDefaultsEnforcementPolicy",
            {{"isEnabled", on}}, days_ago);
  }
  void NoPolicies(int days_ago) {
    Observe("conditional-access", "graph/conditionalAccessPolicies", Json::array(), days_ago);
  }
  void ExpectTheSameAgain() {
    const auto checked = CheckJudgements(*daemon_.log, *daemon_.catalogues, [](std::uint64_t) {});
    ASSERT_TRUE(checked) << checked.error().ToString();
    EXPECT_FALSE(checked->first_wrong) << checked->first_wrong->text;
    EXPECT_GE(checked->judged, readings_);
    EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest());
  }
  /// What the log holds, judged by its own catalogue in which `from` reads `to`.
  JudgementCheck CheckWith(std::string_view from, std::string_view to) {
    projections::Catalogues catalogues(
        [this](const Digest& sha256) {
          const auto document = ReadDocument(*daemon_.log, domain::TenantId::System(), sha256);
          return document ? *document : std::nullopt;
        },
        [&](std::string_view given) {
          std::string text(given);
          text.replace(text.find(from), from.size(), to);
          return config::ParseCanonicalCatalogue(text);
        });
    const auto checked = CheckJudgements(*daemon_.log, catalogues, [](std::uint64_t) {});
    EXPECT_TRUE(checked) << checked.error().ToString();
    return checked.value_or(JudgementCheck());
  }

  fakes::TemporaryFolder folder_;
  SmallDaemon daemon_{{.store = folder_.path() / "store"},
                      fakes::ShippedCatalogue(ASSAYD_CATALOGUE)};

 private:
  /// 0 days ago: now, and live.
  void Observe(const char* source, const char* setting, const Json& value, int days_ago) {
    daemon_.clock.Advance(std::chrono::seconds(1));
    auto signal = daemon_.Signal(SignalType::kSettingObserved, source, setting, {{"value", value}});
    signal.backfill = days_ago > 0;
    signal.time -= std::chrono::hours(24 * days_ago);
    EXPECT_TRUE(daemon_.Send(signal).position);
    ++readings_;
  }

  std::uint64_t readings_ = 0;
};

TEST_F(JudgementCheckTest, TodayFirstAndThenThePastUnchanged) {
  Rights(false, 0);
  Rights(true, 5);
  Rights(true, 4);
  ExpectTheSameAgain();
}

TEST_F(JudgementCheckTest, TodayFirstAndThenThePastAsItIsToday) {
  Rights(false, 0);
  Rights(false, 5);
  Rights(false, 4);
  ExpectTheSameAgain();
}

TEST_F(JudgementCheckTest, TheFirstLiveReadConfirmsThePast) {
  NoPolicies(6);
  Defaults(false, 3);
  NoPolicies(0);
  ExpectTheSameAgain();
}

TEST_F(JudgementCheckTest, TellsThePositionOfTheFirstThatDiffers) {
  const std::uint64_t before = daemon_.log->acknowledged();
  Defaults(true, 0);
  ExpectTheSameAgain();
  const auto wrong =
      CheckWith(R"("at":"/isEnabled","equals":true)", R"("at":"/isEnabled","equals":false)");
  ASSERT_TRUE(wrong.first_wrong);
  EXPECT_EQ(wrong.first_wrong->position, before);
  EXPECT_EQ(wrong.first_wrong->text.find("position"), std::string::npos) << wrong.first_wrong->text;
}

TEST_F(JudgementCheckTest, NewestFirst) {
  Defaults(false, 3);
  Defaults(true, 5);
  NoPolicies(4);
  Rights(true, 2);
  ExpectTheSameAgain();
}

}  // namespace
}  // namespace assayd::daemon
