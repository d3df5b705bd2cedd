#include "projections/rebuild.h"

#include <gtest/gtest.h>

#include "projections/digest.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/fakes/tenant_story.h"

namespace assayd::projections {
namespace {

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"], "settings": [],
  "actions": [{"id": "a", "title": "A", "type": "technical", "purpose": "preventative", "enforcement": "mandatory",
    "category": "control_access", "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}},
   {"id": "b", "title": "B", "type": "documentation", "purpose": "detective", "enforcement": "mandatory",
    "category": "control_access", "solution": "s", "steps": ["do"]}],
  "templates": [{"id": "base", "title": "Base", "edition": "1", "controls": [{"id": "C", "family": "F", "title": "T", "actions": ["a", "b"]}]}]
})";

domain::TenantId Tenant(int number) {
  domain::TenantId tenant;
  tenant.uuid.bytes[0] = static_cast<std::uint8_t>(number + 1);
  return tenant;
}

/// Writes a log of many tenants through the decider's own events.
class RebuildTest : public testing::Test {
 protected:
  static constexpr int kTenants = 20;

  RebuildTest() {
    std::vector<domain::Problem> problems;
    catalogue_ = *domain::Catalogue::Parse(Json::parse(kCatalogue), problems);
    log_ = *eventstore::EventLog::Open({.path = folder_.path() / "store", .files = &files_});
    Append(domain::TenantId::System(),
           {{domain::EventType::kCatalogueAdopted, domain::Origin::kCatalogue, kBeginningOfTime,
             Encode(domain::CatalogueAdopted{1, catalogue_->sha256, 1})}});
    catalogues_.Add(catalogue_);
    for (int t = 0; t < kTenants; ++t) {
      Append(Tenant(t), *domain::DecideRegistration(Tenant(t), {"t" + std::to_string(t), 0},
                                                    {.alias = "t" + std::to_string(t)},
                                                    {{"base", "Base", "base", "g"}}, catalogue_,
                                                    catalogues_.content()));
    }
  }

  void Change(int tenant, bool pass, std::int64_t millis) {
    domain::ActionChanged change;
    change.action = "a";
    if (pass)
      change.after = {domain::ImplementationStatus::kImplemented, domain::TestStatus::kPassed, 0, 0,
                      std::nullopt};
    Append(Tenant(tenant), {{domain::EventType::kActionChanged, domain::Origin::kLive,
                             FromMillis(millis), Encode(change)}});
  }

  void Append(domain::TenantId tenant, const domain::NewEvents& events) {
    eventstore::Commit commit(log_->next_position());
    std::uint64_t position = commit.first_position();
    for (const auto& fresh : events) {
      domain::Event event;
      event.position = position;
      event.revision = revisions_[tenant]++;
      event.unit = commit.first_position();
      event.tenant = tenant;
      event.type = fresh.type;
      event.origin = fresh.origin;
      event.effective = fresh.effective;
      event.data = fresh.data;
      std::string bytes;
      domain::EncodeEvent(event, bytes);
      commit.AddEvent(tenant.uuid, bytes);
      ++position;
    }
    auto prepared = log_->Prepare(std::move(commit));
    ASSERT_TRUE(prepared);
    ASSERT_TRUE(log_->Write(*prepared));
    ASSERT_TRUE(log_->Acknowledge(*prepared));
  }

  std::string DigestOf(const RebuildOptions& options) {
    const auto rebuilt = Rebuild(*log_, catalogues_, options);
    if (!rebuilt) return rebuilt.error().ToString();
    folded_ = rebuilt->events;
    views_ = rebuilt->views;
    return ToHex(ScoreDigest(rebuilt->views));
  }

  fakes::TemporaryFolder folder_;
  PosixFileSystem files_;
  std::unique_ptr<eventstore::EventLog> log_;
  std::shared_ptr<const domain::Catalogue> catalogue_;
  Catalogues catalogues_{[](const Digest&) { return std::nullopt; },
                         [](std::string_view) -> Result<std::shared_ptr<const domain::Catalogue>> {
                           return Fail(ErrorCode::kInternal, "");
                         }};
  std::map<domain::TenantId, std::uint64_t> revisions_;
  std::uint64_t folded_ = 0;
  std::vector<ViewPtr> views_;
};

TEST_F(RebuildTest, ThreadsSealsAndSnapshotsGiveTheSameDigest) {
  for (int i = 0; i < 400; ++i) Change(i % kTenants, i % 3 != 0, 1'000 + i);
  const std::string digest = DigestOf({.threads = 1, .use_snapshots = false});
  EXPECT_EQ(digest.size(), 64U);
  EXPECT_EQ(views_.size(), static_cast<std::size_t>(kTenants));
  EXPECT_EQ(DigestOf({.threads = 4, .use_snapshots = false}), digest);
  while (*log_->Seal(100, 10) > 0) {
  }
  EXPECT_EQ(DigestOf({.threads = 3, .use_snapshots = false}), digest);
  const std::uint64_t all = folded_;

  ASSERT_TRUE(SaveSnapshots(*log_, views_));
  EXPECT_EQ(DigestOf({.threads = 2}), digest);
  EXPECT_EQ(folded_, 0U) << "the snapshots stand for everything";
  for (int i = 0; i < 10; ++i) Change(i, true, 9'000 + i);
  const std::string later = DigestOf({.threads = 2});
  EXPECT_EQ(folded_, 10U);
  EXPECT_NE(later, digest);
  EXPECT_EQ(DigestOf({.threads = 2, .use_snapshots = false}), later);
  EXPECT_EQ(folded_, all + 10);
}

TEST_F(RebuildTest, SnapshotsOfAnotherLogAreIgnored) {
  Change(0, true, 1'000);
  const std::string digest = DigestOf({.threads = 1});
  ASSERT_TRUE(log_->PutSnapshot("view/" + Tenant(0).ToString(), "rubbish"));
  EXPECT_EQ(DigestOf({.threads = 1}), digest);
}

TEST_F(RebuildTest, NamesThePositionOfAnEventThatItCannotFold) {
  Append(Tenant(0), {{domain::EventType::kActionChanged, domain::Origin::kLive, FromMillis(5),
                      Encode(domain::SourceSeen{"x"})}});
  const auto rebuilt = Rebuild(*log_, catalogues_, {.threads = 2});
  ASSERT_FALSE(rebuilt);
  EXPECT_NE(rebuilt.error().context.find("position " + std::to_string(log_->acknowledged() - 1)),
            std::string::npos);
}

}  // namespace
}  // namespace assayd::projections
