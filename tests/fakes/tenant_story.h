#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "domain/action_decider.h"
#include "domain/assessment_decider.h"
#include "domain/canonical_document.h"
#include "domain/decider.h"
#include "domain/document.h"
#include "projections/digest.h"
#include "projections/tenant_view.h"

namespace assayd::fakes {

/// One tenant's life without store or daemon: readings go in, the decider decides, events are
/// folded. After every step the fold in position order and the fold in (effective, position) order
/// must agree: that is the promise on which every question about the past rests.
class TenantStory {
 public:
  explicit TenantStory(const Json& catalogue_document, std::vector<domain::Assessment> assessments)
      : history_(kTenant), view_(kTenant) {
    std::vector<domain::Problem> problems;
    auto parsed = domain::Catalogue::Parse(catalogue_document, problems);
    for (const auto& problem : problems)
      ADD_FAILURE() << problem.pointer << ": " << problem.message;
    Know(*parsed);
    running_ = *parsed;
    Append(domain::DecideRegistration(kTenant, {"contoso", 0},
                                      {.alias = "contoso", .cloud = "global"}, assessments,
                                      running_, content_));
  }

  static TimePoint At(std::string_view text) {
    return *ParseTime("2026-11-22T" + std::string(text) + "Z");
  }

  /// A complete read; returns how many events it caused.
  std::size_t Observe(const std::string& setting, const char* json, TimePoint read,
                      domain::Origin origin = domain::Origin::kLive) {
    const auto index = running_->FindSetting(setting);
    const auto document = running_->settings[*index].Canonicalise(Json::parse(json));
    if (!document) {
      ADD_FAILURE() << document.error().ToString();
      return 0;
    }
    domain::Observed observed;
    observed.setting = setting;
    observed.document = &document->value;
    observed.text = document->text;
    observed.salt = "0123456789abcdef";
    observed.read = read;
    observed.origin = origin;
    read_documents_[domain::HashDocument(observed.salt, observed.text)] = document->value;
    observed.documents = [&](const Digest& hash) {
      const auto earlier = read_documents_.find(hash);
      return earlier == read_documents_.end() ? nullptr : &earlier->second;
    };
    const std::size_t count = Read(observed);
    if (origin == domain::Origin::kLive) documents_[setting] = document->value;
    return count;
  }

  std::size_t See(const std::string& setting, TimePoint read) {
    return Read(domain::Seen{setting, read});
  }

  std::size_t FailToRead(const std::string& setting, const std::string& reason, TimePoint at) {
    return Read(domain::Failed{{.setting = setting, .reason = reason}, at});
  }

  /// Lets the clock run to `now`: each deadline on the way becomes a tick.
  std::size_t TickUntil(TimePoint now) {
    std::size_t count = 0;
    while (true) {
      const auto due = domain::DueDeadlines(state(), now);
      if (due.empty()) return count;
      domain::Elapsed elapsed{{}, due.front().at};
      for (const auto& deadline : due) {
        if (deadline.at == elapsed.at) elapsed.settings.push_back(deadline.setting);
      }
      count += Read(elapsed);
    }
  }

  std::size_t Command(const domain::ActionCommand& command) {
    return Append(domain::DecideActions(state(), std::span(&command, 1), content_));
  }

  std::size_t SetTesting(domain::AutomaticTesting mode, TimePoint at) {
    return Append(domain::DecideTesting(state(), mode, at, content_));
  }

  /// What a decider said of the state as it is.
  std::size_t Decided(Result<domain::NewEvents> events) { return Append(std::move(events)); }

  std::size_t Assess(const domain::AssessmentCommand& command) {
    return Append(domain::DecideAssessment(state(), command, content_));
  }

  void Adopt(const Json& catalogue_document, TimePoint effective) {
    std::vector<domain::Problem> problems;
    auto parsed = domain::Catalogue::Parse(catalogue_document, problems);
    for (const auto& problem : problems)
      ADD_FAILURE() << problem.pointer << ": " << problem.message;
    Know(*parsed);
    running_ = *parsed;
    const domain::DocumentOf document_of = [&](const std::string& setting) -> const Json* {
      const auto document = documents_.find(setting);
      return document == documents_.end() ? nullptr : &document->second;
    };
    Append(domain::DecideRejudge(state(), running_, document_of, effective, content_));
  }

  std::size_t Read(const domain::Reading& reading) {
    auto decided = domain::ReachesIntoPast(state(), reading)
                       ? domain::DecideInPast(history_, state(), reading, content_)
                       : domain::DecideNow(state(), reading, content_);
    if (!decided) return Append(std::unexpected(decided.error()));
    const projections::TenantView before = view_;
    const std::size_t count = Append(std::move(decided->events));
    if (count > 0 && decided->folded) ExpectFoldedAlready(before, *std::move(decided->folded));
    return count;
  }

  [[nodiscard]] const domain::TenantState& state() const { return view_.state(); }
  [[nodiscard]] const projections::TenantView& view() const { return view_; }
  [[nodiscard]] const domain::History& history() const { return history_; }
  [[nodiscard]] const domain::TenantState::Content& content() const { return content_; }

  [[nodiscard]] domain::ActionState Action(std::string_view id, std::string_view group = "") const {
    return state().units.Get(*state().layout->Find(id, group));
  }
  [[nodiscard]] std::string Points() const {
    const auto& sums = view_.scoreboard().overall();
    return domain::FormatPoints(sums.points) + "/" + domain::FormatPoints(sums.max_points) +
           " unknown " + domain::FormatPoints(sums.unknown_points);
  }
  /// The same at a moment of the past.
  [[nodiscard]] std::string PointsAt(TimePoint at) const {
    const auto state = history_.FoldUntil(at, content_);
    const auto sums = projections::Scoreboard(state->layout, state->units).overall();
    return domain::FormatPoints(sums.points) + "/" + domain::FormatPoints(sums.max_points) +
           " unknown " + domain::FormatPoints(sums.unknown_points);
  }

 private:
  static inline const domain::TenantId kTenant =
      *domain::TenantId::Parse("3f1c0d2e-0000-4000-8000-0123456789ab");

  void Know(const std::shared_ptr<const domain::Catalogue>& catalogue) {
    catalogues_[catalogue->sha256] = catalogue;
  }

  /// What the decider says that the newest unit leads to is what its events lead to.
  void ExpectFoldedAlready(const projections::TenantView& before, domain::Folded folded) const {
    std::vector<domain::Event> events;
    for (const auto& bytes : newest_unit_) events.push_back(*domain::DecodeEvent(bytes));
    projections::TenantView in_place = before;
    in_place.GoOn(folded, events);
    const projections::TenantView fresh(before, std::move(folded), events);
    EXPECT_EQ(fresh.Save(), view_.Save());
    EXPECT_EQ(in_place.Save(), view_.Save());
    EXPECT_EQ(fresh.scoreboard(), view_.scoreboard());
  }

  std::size_t Append(Result<domain::NewEvents> decided) {
    if (!decided) {
      ADD_FAILURE() << decided.error().ToString();
      return 0;
    }
    const std::uint64_t unit = position_;
    const std::string id = "input-" + std::to_string(inputs_++);
    newest_unit_.clear();
    for (const auto& fresh : *decided) {
      domain::Event event;
      event.position = position_;
      event.revision = position_;
      event.unit = unit;
      event.tenant = kTenant;
      event.type = fresh.type;
      event.version = domain::CurrentVersion(fresh.type);
      event.origin = fresh.origin;
      event.source = "/tenants/contoso/sources/test";
      event.id = id;
      event.effective = fresh.effective;
      event.recorded = fresh.effective;
      event.data = fresh.data;
      std::string bytes;
      domain::EncodeEvent(event, bytes);
      const auto decoded = domain::DecodeEvent(bytes);
      EXPECT_TRUE(decoded);
      const auto applied = view_.Apply(*decoded, content_);
      EXPECT_TRUE(applied) << applied.error().ToString();
      newest_unit_.push_back(bytes);
      EXPECT_TRUE(history_.Add(std::move(bytes)));
      ++position_;
    }
    ExpectOrderDoesNotMatter();
    return decided->size();
  }

  void ExpectOrderDoesNotMatter() const {
    projections::TenantView by_effective(kTenant);
    for (const auto& event : history_) {
      const auto applied = by_effective.ApplyNext(event, content_);
      EXPECT_TRUE(applied) << applied.error().ToString();
    }
    by_effective.Settle(content_);
    EXPECT_EQ(projections::DigestInput(by_effective), projections::DigestInput(view_));
    EXPECT_EQ(projections::Scoreboard(state().layout, state().units), view_.scoreboard());
  }

  std::map<Digest, std::shared_ptr<const domain::Catalogue>> catalogues_;
  domain::LayoutCache layouts_;
  domain::TenantState::Content content_{[this](const Digest& sha256) {
                                          const auto known = catalogues_.find(sha256);
                                          return known == catalogues_.end() ? nullptr
                                                                            : known->second;
                                        },
                                        &layouts_};
  std::shared_ptr<const domain::Catalogue> running_;
  domain::History history_;
  projections::TenantView view_;
  std::map<std::string, Json> documents_;
  std::map<Digest, Json> read_documents_;
  std::uint64_t position_ = 0;
  int inputs_ = 0;
  std::vector<std::string> newest_unit_;  ///< bytes of its events
};

}  // namespace assayd::fakes
