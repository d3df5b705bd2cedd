#include "daemon/judgement_check.h"

#include <fmt/format.h>

#include <list>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/document_cache.h"
#include "domain/decider.h"

namespace assayd::daemon {
namespace {

using domain::Event;
using domain::EventType;

/// The units of one tenant in position order, each decided again before it is folded.
class TenantCheck {
 public:
  TenantCheck(const eventstore::EventLog& log, domain::TenantId tenant,
              const domain::TenantState::Content& content)
      : tenant_(tenant), content_(content), documents_(log), state_(tenant), history_(tenant) {}

  Result<> Add(std::string_view bytes) {
    ASSAYD_TRY(const Event event, domain::DecodeEvent(bytes));
    if (!unit_.empty() && event.unit != unit_number_) ASSAYD_CHECK(CloseUnit());
    unit_number_ = event.unit;
    unit_.emplace_back(bytes);
    return {};
  }

  Result<> Finish() { return unit_.empty() ? Result<>() : CloseUnit(); }

  [[nodiscard]] std::uint64_t judged() const { return judged_; }
  /// What is checked at present; after a failure, what is wrong.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  Result<> CloseUnit() {
    std::vector<Event> events;
    for (const auto& bytes : unit_) {
      ASSAYD_TRY(const Event event, domain::DecodeEvent(bytes));
      events.push_back(event);
    }
    position_ = events.front().position;
    ASSAYD_CHECK(CheckUnit(events));
    for (const auto& event : events) ASSAYD_CHECK(state_.Apply(event, content_));
    for (auto& bytes : unit_) ASSAYD_CHECK(history_.Add(std::move(bytes)));
    unit_.clear();
    return {};
  }

  Result<> CheckUnit(const std::vector<Event>& events) {
    ASSAYD_TRY(const auto decided, DecideAgain(events.front()));
    if (!decided) return {};
    auto same = Compare(events, *decided);
    if (same || events.front().type != EventType::kSourceSeen) return same;
    // It may also have come of a whole document that was the known one.
    const std::uint64_t differs = position_;
    ASSAYD_TRY(const auto observed, ObserveAgain(events.front()));
    if (observed && Compare(events, *observed)) return {};
    position_ = differs;
    return same;
  }

  Result<std::optional<domain::NewEvents>> ObserveAgain(const Event& first) {
    ASSAYD_TRY(const auto seen, domain::Decode<domain::SourceSeen>(first));
    ASSAYD_TRY(const auto then, history_.FoldUntil(first.effective, content_));
    const auto setting = then.layout->catalogue().FindSetting(seen.setting);
    if (!setting || !then.settings[*setting].known) return std::optional<domain::NewEvents>();
    for (const Event& event : history_) {
      if (event.type != EventType::kSettingChanged) continue;
      ASSAYD_TRY(const auto change, domain::Decode<domain::SettingChanged>(event));
      const bool known =
          change.setting == seen.setting && change.hash == then.settings[*setting].hash;
      if (known) return Observe(first, change);
    }
    return std::optional<domain::NewEvents>();
  }

  /// Nothing for units that begin with what people asked for, or with what is not judged.
  Result<std::optional<domain::NewEvents>> DecideAgain(const Event& first) {
    held_.clear();
    switch (first.type) {
      case EventType::kSettingChanged: {
        ASSAYD_TRY(const auto change, domain::Decode<domain::SettingChanged>(first));
        return Observe(first, change);
      }
      case EventType::kSourceSeen: {
        ASSAYD_TRY(const auto seen, domain::Decode<domain::SourceSeen>(first));
        return Decide(domain::Seen{seen.setting, first.effective, first.origin, true});
      }
      case EventType::kSourceFailed: {
        ASSAYD_TRY(auto failed, domain::Decode<domain::SourceFailed>(first));
        return Decide(domain::Failed{std::move(failed), first.effective});
      }
      case EventType::kTickElapsed: {
        ASSAYD_TRY(const auto tick, domain::Decode<domain::TickElapsed>(first));
        domain::Elapsed elapsed{{}, first.effective};
        for (const auto& due : tick.due) elapsed.settings.push_back(due.setting);
        return Decide(elapsed);
      }
      case EventType::kTenantRejudged:
        return Rejudge(first);
      default:
        return std::optional<domain::NewEvents>();
    }
  }

  Result<std::optional<domain::NewEvents>> Observe(const Event& first,
                                                   const domain::SettingChanged& change) {
    const Json* const document = Document(change.hash);
    if (document == nullptr) return Fail(ErrorCode::kStoreCorrupt, "its document is missing");
    const std::string text = DumpJson(*document);
    domain::Observed observed;
    observed.setting = change.setting;
    observed.document = document;
    observed.text = text;
    observed.salt = change.salt;
    observed.dropped = change.dropped;
    observed.documents = [this](const Digest& hash) { return Document(hash); };
    observed.read = first.effective;
    observed.origin = first.origin;
    return Decide(observed);
  }

  Result<std::optional<domain::NewEvents>> Rejudge(const Event& first) {
    ASSAYD_TRY(const auto rejudged, domain::Decode<domain::TenantRejudged>(first));
    const auto catalogue = content_.catalogue(rejudged.catalogue_sha256);
    if (!catalogue) return Fail(ErrorCode::kStoreCorrupt, "its catalogue is missing");
    const domain::DocumentOf document_of = [this](const std::string& name) -> const Json* {
      const auto before = state_.catalogue();
      const auto setting = before ? before->FindSetting(name) : std::nullopt;
      if (!setting || !state_.settings[*setting].known) return nullptr;
      return Document(state_.settings[*setting].hash);
    };
    ++judged_;
    ASSAYD_TRY(auto events,
               domain::DecideRejudge(state_, catalogue, document_of, first.effective, content_));
    return std::optional(std::move(events));
  }

  Result<std::optional<domain::NewEvents>> Decide(const domain::Reading& reading) {
    ++judged_;
    ASSAYD_TRY(auto decision, domain::ReachesIntoPast(state_, reading)
                                  ? domain::DecideInPast(history_, state_, reading, content_)
                                  : domain::DecideNow(state_, reading, content_));
    return std::optional(std::move(decision.events));
  }

  const Json* Document(const Digest& hash) {
    held_.push_back(documents_.Get(tenant_, hash));
    return held_.back().get();
  }

  Result<> Compare(const std::vector<Event>& stored, const domain::NewEvents& decided) {
    for (std::size_t i = 0; i < std::max(stored.size(), decided.size()); ++i) {
      const bool both = i < stored.size() && i < decided.size();
      const bool same =
          both && stored[i].type == decided[i].type && stored[i].origin == decided[i].origin &&
          stored[i].effective == decided[i].effective && stored[i].data == decided[i].data;
      if (same) continue;
      position_ = stored.front().position + std::min(i, stored.size() - 1);
      return Fail(ErrorCode::kStoreCorrupt,
                  fmt::format("judged again, {} is {}",
                              i < stored.size() ? ToText(stored[i].type) : "nothing",
                              i < decided.size() ? both && stored[i].type == decided[i].type
                                                       ? "something else"
                                                       : ToText(decided[i].type)
                                                 : "not there"));
    }
    return {};
  }

  const domain::TenantId tenant_;
  const domain::TenantState::Content& content_;
  DocumentCache documents_;
  domain::TenantState state_;
  domain::History history_;
  std::vector<std::string> unit_;  ///< bytes of the events of the unit that is read
  std::uint64_t unit_number_ = 0;
  std::list<std::shared_ptr<const Json>> held_;  ///< documents in use by the decision under way
  std::uint64_t judged_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace

Result<JudgementCheck> CheckJudgements(const eventstore::EventLog& log,
                                       projections::Catalogues& catalogues,
                                       const std::function<void(std::uint64_t events)>& progress) {
  std::set<Uuid> tenants;
  ASSAYD_CHECK(log.Read(0, [&](const eventstore::StoredEvent& event) {
    if (!event.tenant.IsNil()) tenants.insert(event.tenant);
    return true;
  }));
  const domain::TenantState::Content content = catalogues.content();
  JudgementCheck check;
  std::uint64_t events = 0;
  for (const Uuid& tenant : tenants) {
    TenantCheck of_tenant(log, domain::TenantId{tenant}, content);
    Result<> added;
    ASSAYD_CHECK(log.ReadTenant(tenant, 0, [&](const eventstore::StoredEvent& event) {
      added = of_tenant.Add(event.bytes);
      constexpr std::uint64_t kTellEvery = 4'096;
      if (++events % kTellEvery == 0) progress(events);
      return added.has_value();
    }));
    if (added) added = of_tenant.Finish();
    check.judged += of_tenant.judged();
    if (!added && (!check.first_wrong || of_tenant.position() < check.first_wrong->position))
      check.first_wrong = {of_tenant.position(), added.error().context};
  }
  return check;
}

}  // namespace assayd::daemon
