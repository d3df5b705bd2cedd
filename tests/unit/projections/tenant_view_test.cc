#include "projections/tenant_view.h"

#include <gtest/gtest.h>

#include "projections/digest.h"
#include "tests/fakes/tenant_story.h"

namespace assayd::projections {
namespace {

using fakes::TenantStory;

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [{"name": "n", "source": "s", "interval": "5m", "permission": "P",
                "fields": {"/done": {"type": "integer"}, "/all": {"type": "integer"}}},
               {"name": "on", "source": "s", "interval": "5m", "permission": "P", "fields": {"/x": {"type": "boolean"}}}],
  "actions": [
    {"id": "share", "title": "A", "type": "technical", "purpose": "preventative", "enforcement": "mandatory", "category": "control_access",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "n", "share": {"covered": "/done", "total": "/all"}}},
    {"id": "x", "title": "B", "type": "technical", "purpose": "detective", "enforcement": "mandatory", "category": "protect_information",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "on", "at": "/x", "equals": true}}],
  "templates": [{"id": "base", "title": "Base", "edition": "1", "controls": [
    {"id": "C1", "family": "F", "title": "T", "actions": ["share", "x"]}]}]
})";

TEST(TenantViewTest, ASnapshotGoesOnExactlyWhereTheFoldWas) {
  TenantStory story(Json::parse(kCatalogue), {{"base", "Base", "base", "default"}});
  story.Observe("n", R"({"done":2,"all":3})", TenantStory::At("10:00:00"));
  story.Observe("on", R"({"x":true})", TenantStory::At("10:00:00"));
  story.Observe("on", R"({"x":false})", TenantStory::At("10:01:00"));
  story.TickUntil(TenantStory::At("10:20:00"));
  const std::string bytes = story.view().Save();
  auto restored = TenantView::Restore(bytes, story.content());
  ASSERT_TRUE(restored) << restored.error().ToString();
  EXPECT_EQ(restored->Save(), bytes);
  EXPECT_EQ(DigestInput(*restored), DigestInput(story.view()));
  EXPECT_EQ(restored->regressions().losses().size(), 1U);

  const std::size_t before = story.history().size();
  story.Observe("n", R"({"done":3,"all":3})", TenantStory::At("11:00:00"));
  for (const auto& event : story.history()) {
    if (event.position < before) continue;
    ASSERT_TRUE(restored->Apply(event, story.content()));
  }
  EXPECT_EQ(restored->Save(), story.view().Save());
}

TEST(TenantViewTest, ADamagedSnapshotIsRefused) {
  TenantStory story(Json::parse(kCatalogue), {{"base", "Base", "base", "default"}});
  const std::string bytes = story.view().Save();
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) {
    EXPECT_FALSE(TenantView::Restore(bytes.substr(0, cut), story.content()));
  }
  const domain::TenantState::Content empty{[](const Digest&) { return nullptr; },
                                           story.content().layouts};
  EXPECT_FALSE(TenantView::Restore(bytes, empty));
}

}  // namespace
}  // namespace assayd::projections
