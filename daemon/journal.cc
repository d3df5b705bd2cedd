#include "daemon/journal.h"

#include <algorithm>

#include "base/assert.h"
#include "base/cbor.h"
#include "base/log.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kInputsRemembered = std::chrono::hours(7 * 24);
constexpr Milliseconds kAuditsRemembered = std::chrono::hours(31 * 24);
/// Above so many, inputs are remembered for seven days only.
constexpr std::size_t kInputsMany = 6'000'000;
constexpr std::size_t kHistoriesMax = 4;
constexpr Milliseconds kSampleEvery = std::chrono::minutes(10);

/// The meta record with how many events of each type the log holds, in the order of EventType.
constexpr const char* kCountsRecord = "event_counts";

std::string EncodeCounts(const Journal::EventCounts& counts) {
  std::string bytes;
  CborWriter out(bytes);
  out.Array(counts.size());
  for (const std::uint64_t count : counts) out.UInt(count);
  return bytes;
}

std::uint64_t FingerprintOf(const std::string& name) {
  return eventstore::Fingerprint("name", "", name);
}

}  // namespace

Journal::Journal(eventstore::EventLog& log, projections::Fleet& fleet,
                 projections::Catalogues& catalogues, KeyRing& keys, const Clock& clock,
                 const JournalOptions& options, Published published)
    : log_(log),
      fleet_(fleet),
      catalogues_(catalogues),
      keys_(keys),
      clock_(clock),
      options_(options),
      published_(std::move(published)),
      next_position_(log.next_position()) {
  if (const auto reason = log.read_only_reason()) {
    Fail({ErrorCode::kStoreReadOnly, reason->text});
    return;
  }
  if (options.groups_under_way_max > 0) committer_.emplace(log, options.groups_under_way_max);
}

Journal::~Journal() {
  CloseGroup(Close::kNow);
  Drain();
}

void Journal::Drain() {
  if (committer_) committer_->Drain();
}

std::string Journal::InputName(std::string_view source, std::string_view id) {
  return std::string(source).append("\n").append(id);
}

std::string Journal::AuditName(domain::TenantId tenant, std::string_view record_id) {
  return "audit " + tenant.ToString() + "\n" + std::string(record_id);
}

projections::ViewPtr Journal::Find(std::string_view id_or_alias) const {
  if (const auto id = domain::TenantId::Parse(id_or_alias)) {
    if (auto view = Latest(*id)) return view;
  }
  const auto published = fleet_.Find(id_or_alias);
  return published ? Latest(published->state().id) : nullptr;
}

Result<> Journal::LoadCounts() {
  ASSAYD_TRY(const auto bytes, log_.GetMeta(kCountsRecord));
  EventCounts counts{};
  if (bytes) {
    CborReader in(*bytes);
    const std::size_t known = in.Array();
    for (std::size_t i = 0; i < std::min(known, counts.size()); ++i) counts[i] = in.UInt();
  }
  decided_counts_ = counts;
  const std::lock_guard lock(counts_mutex_);
  counts_ = counts;
  return {};
}

Journal::EventCounts Journal::events_by_type() const {
  const std::lock_guard lock(counts_mutex_);
  return counts_;
}

Result<> Journal::Load() {
  ASSAYD_CHECK(LoadCounts());
  const TimePoint since = clock_.Now() - kAuditsRemembered;
  return log_.ReadDedupe(ToMillis(since), [&](const eventstore::EventLog::DedupeRun& run) {
    for (const auto& [fingerprint, position] : run.entries) dedupe_.Insert(fingerprint, position);
    recorded_samples_.emplace_back(FromMillis(run.recorded_millis), run.first_position);
  });
}

projections::ViewPtr Journal::Latest(domain::TenantId tenant) const {
  if (open_) {
    const auto touched = open_->touched.find(tenant);
    if (touched != open_->touched.end()) return touched->second;
  }
  const auto decided = latest_.find(tenant);
  return decided != latest_.end() ? decided->second : fleet_.Find(tenant);
}

Journal::Group& Journal::Open() {
  if (!open_) {
    if (newest_under_way_) {
      const std::lock_guard lock(newest_under_way_->mutex);
      // Groups end in order: when the newest is over, everything decided is published.
      if (newest_under_way_->over && !failed_) latest_.clear(), pending_names_.clear();
    }
    open_ = std::make_unique<Group>(next_position_);
    open_->opened = clock_.Monotonic();
  }
  return *open_;
}

std::vector<domain::Event> Journal::Number(const JournalUnit& unit, std::uint64_t revision,
                                           TimePoint now) const {
  std::vector<domain::Event> events(unit.decision.events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const domain::NewEvent& fresh = unit.decision.events[i];
    domain::Event& event = events[i];
    event.shard = options_.shard;
    event.position = next_position_ + i;
    event.revision = revision + i;
    event.unit = next_position_;
    event.tenant = unit.tenant;
    event.type = fresh.type;
    event.version = domain::CurrentVersion(fresh.type);
    event.origin = fresh.origin;
    event.source = unit.source;
    event.id = unit.id;
    event.effective = fresh.effective;
    event.recorded = now;
    event.data = fresh.data;
  }
  return events;
}

void Journal::AddNames(const std::vector<std::string>& names, std::uint64_t position) {
  for (const auto& name : names) {
    const std::uint64_t fingerprint = FingerprintOf(name);
    open_->commit.AddFingerprint(fingerprint);
    dedupe_.Insert(fingerprint, position);
  }
}

/// What the decider emits, the fold takes: anything else is a defect, and must not reach the disk.
void Journal::Show(domain::TenantId tenant, const projections::ViewPtr& before,
                   std::optional<domain::Folded> folded, std::span<const domain::Event> events) {
  auto& view = Open().touched[tenant];
  if (folded) {
    ASSAYD_ASSERT(before && folded->after.revision == events.back().revision + 1);
    if (view) return view->GoOn(*std::move(folded), events);
    view = std::make_shared<projections::TenantView>(*before, *std::move(folded), events);
    return;
  }
  if (!view) {
    view = before ? std::make_shared<projections::TenantView>(*before)
                  : std::make_shared<projections::TenantView>(tenant);
  }
  const domain::TenantState::Content content = catalogues_.content();
  for (const auto& event : events) ASSAYD_ASSERT(view->ApplyNext(event, content).has_value());
  view->Settle(content);
}

Result<std::optional<std::uint64_t>> Journal::Append(JournalUnit unit) {
  if (failed_) return std::unexpected(trouble().value_or(Error{ErrorCode::kStorageFailed, ""}));
  if (unit.decision.events.empty()) return std::optional<std::uint64_t>();
  if (open_ && open_->commit.count() + unit.decision.events.size() > options_.group_events_max)
    CloseGroup(Close::kNow);
  const TimePoint now = clock_.Now();
  const std::uint64_t first = next_position_;
  const auto before = Latest(unit.tenant);
  const auto events = Number(unit, before ? before->state().revision : 0, now);
  Show(unit.tenant, before, std::move(unit.decision.folded), events);
  Group& group = Open();
  const auto history = std::ranges::find(histories_, unit.tenant, &domain::History::tenant);
  std::string bytes;
  for (const auto& event : events) {
    bytes.clear();
    domain::EncodeEvent(event, bytes);
    group.commit.AddEvent(unit.tenant.uuid, bytes);
    if (event.position == first) AddNames(unit.names, first);
    if (history != histories_.end()) ASSAYD_CHECK(history->Add(bytes));
    ++decided_counts_.at(static_cast<std::size_t>(event.type));
  }
  next_position_ += events.size();
  for (auto& [hash, document] : unit.blobs)
    group.commit.AddBlob(unit.tenant.uuid, hash, std::move(document));
  for (auto& [name, wrapped] : keys_.TakeNewKeys())
    group.commit.AddKey(std::move(name), std::move(wrapped));
  group.commit.SetRecorded(ToMillis(now));
  if (!unit.names.empty()) pending_names_[first] = std::move(unit.names);
  if (recorded_samples_.empty() || now - recorded_samples_.back().first >= kSampleEvery) {
    recorded_samples_.emplace_back(now, first);
    ForgetOldInputs();
  }
  return std::optional(first);
}

void Journal::ForgetOldInputs() {
  const Milliseconds kept = dedupe_.size() > kInputsMany ? kInputsRemembered : kAuditsRemembered;
  const TimePoint oldest = clock_.Now() - kept;
  std::uint64_t below = 0;
  while (recorded_samples_.size() > 1 && recorded_samples_[1].first < oldest) {
    below = recorded_samples_[1].second;
    recorded_samples_.erase(recorded_samples_.begin());
  }
  if (below > 0) dedupe_.ForgetBelow(below);
}

Result<std::optional<std::uint64_t>> Journal::FindName(
    const std::string& name, const std::function<bool(const domain::Event&)>& is_it) {
  for (const std::uint64_t position : dedupe_.Find(FingerprintOf(name))) {
    const auto pending = pending_names_.find(position);
    if (pending != pending_names_.end()) {
      if (std::ranges::find(pending->second, name) != pending->second.end())
        return std::optional(position);
      continue;
    }
    ASSAYD_TRY(const auto bytes, log_.ReadOne(position));
    if (!bytes) continue;
    const auto event = domain::DecodeEvent(*bytes);
    if (event && is_it(*event)) return std::optional(position);
  }
  return std::optional<std::uint64_t>();
}

Result<std::optional<std::uint64_t>> Journal::FindInput(std::string_view source,
                                                        std::string_view id) {
  return FindName(InputName(source, id), [&](const domain::Event& event) {
    return event.source == source && event.id == id;
  });
}

Result<std::optional<std::uint64_t>> Journal::FindKey(std::string_view source,
                                                      std::string_view key) {
  return FindName(InputName(source, key), [&](const domain::Event& event) {
    return event.source == source && event.id.starts_with(key) && event.id.size() > key.size() &&
           event.id[key.size()] == '~';
  });
}

Result<std::optional<std::uint64_t>> Journal::FindAudit(domain::TenantId tenant,
                                                        std::string_view record_id) {
  return FindName(AuditName(tenant, record_id), [&](const domain::Event& event) {
    if (event.tenant != tenant || event.type != domain::EventType::kAuditRecorded) return false;
    const auto audit = domain::Decode<domain::AuditRecorded>(event);
    return audit && audit->record_id == record_id;
  });
}

Result<domain::History*> Journal::HistoryOf(domain::TenantId tenant) {
  const auto known = std::ranges::find(histories_, tenant, &domain::History::tenant);
  if (known != histories_.end()) {
    histories_.splice(histories_.begin(), histories_, known);
    return &histories_.front();
  }
  CloseGroup(Close::kNow);
  Flush();
  if (failed_) return std::unexpected(trouble().value_or(Error{ErrorCode::kStorageFailed, ""}));
  domain::History history(tenant);
  Result<> added;
  ASSAYD_CHECK(log_.ReadTenant(tenant.uuid, 0, [&](const eventstore::StoredEvent& event) {
    const auto time = history.Add(std::string(event.bytes));
    if (!time) added = std::unexpected(time.error());
    return time.has_value();
  }));
  ASSAYD_CHECK(added);
  if (histories_.size() >= kHistoriesMax) histories_.pop_back();
  histories_.push_front(std::move(history));
  return &histories_.front();
}

void Journal::AnswerWhenDurable(Done done, std::vector<Outcome> outcomes) {
  if (open_ && open_->commit.count() > 0) {
    open_->answers.emplace_back(std::move(done), std::move(outcomes));
    return;
  }
  if (newest_under_way_) {
    const std::lock_guard lock(newest_under_way_->mutex);
    if (!newest_under_way_->over) {
      newest_under_way_->answers.emplace_back(std::move(done), std::move(outcomes));
      return;
    }
  }
  if (failed_)
    return done(std::unexpected(trouble().value_or(Error{ErrorCode::kStorageFailed, ""})));
  done(std::move(outcomes));
}

void Journal::CloseGroup(Close close) {
  if (!open_ || open_->commit.count() == 0) return;
  const bool due = open_->commit.count() >= options_.group_events_max ||
                   open_->commit.bytes() >= options_.group_bytes_max ||
                   clock_.Monotonic() - open_->opened >= options_.group_age_max;
  if (close == Close::kNow || due) Submit(std::move(open_));
}

void Journal::Submit(std::unique_ptr<Group> group) {
  group->commit.SetMeta(kCountsRecord, EncodeCounts(decided_counts_));
  auto prepared = log_.Prepare(std::move(group->commit));
  if (!prepared) {
    for (auto& [done, outcomes] : group->answers) done(std::unexpected(prepared.error()));
    return Fail(prepared.error());
  }
  std::vector<projections::ViewPtr> views;
  for (auto& [tenant, view] : group->touched) {
    latest_[tenant] = view;
    views.push_back(view);
  }
  const auto under_way = std::make_shared<UnderWay>();
  under_way->answers = std::move(group->answers);
  newest_under_way_ = under_way;
  eventstore::Committer::Done over = [this, under_way, counts = decided_counts_,
                                      begun = std::chrono::steady_clock::now(),
                                      views = std::move(views)](Result<> result) {
    if (result) {
      durations_.Add(std::chrono::steady_clock::now() - begun);
      last_applied_millis_ = ToMillis(clock_.Now());
      fleet_.Publish(views);
      {
        const std::lock_guard lock(counts_mutex_);
        counts_ = counts;
      }
      ++groups_;
    } else {
      Fail(result.error());
    }
    Answer(*under_way, result);
    if (result && published_) published_(log_.acknowledged());
  };
  if (committer_) return committer_->Submit(*std::move(prepared), std::move(over));
  auto written = log_.Write(*prepared);
  over(written ? log_.Acknowledge(*prepared) : std::move(written));
}

std::optional<TimePoint> Journal::last_applied() const {
  const std::int64_t millis = last_applied_millis_;
  return millis == 0 ? std::nullopt : std::optional(FromMillis(millis));
}

void Journal::Answer(UnderWay& group, const Result<>& result) {
  std::vector<std::pair<Done, std::vector<Outcome>>> answers;
  {
    const std::lock_guard lock(group.mutex);
    group.over = true;
    answers = std::move(group.answers);
  }
  for (auto& [done, outcomes] : answers) {
    if (result) {
      done(std::move(outcomes));
    } else {
      done(std::unexpected(result.error()));
    }
  }
}

void Journal::Flush() {
  Drain();
  if (failed_) return;
  latest_.clear();
  pending_names_.clear();
}

void Journal::Fail(const Error& error) {
  {
    const std::lock_guard lock(trouble_mutex_);
    if (!trouble_) log::Error("events cannot be stored", {{"error", error.ToString()}});
    trouble_ = error;
  }
  failed_ = true;
}

std::optional<Error> Journal::trouble() const {
  const std::lock_guard lock(trouble_mutex_);
  return trouble_;
}

Result<> Journal::Recover() {
  Drain();
  const std::uint64_t durable = log_.acknowledged();
  if (open_) {
    for (auto& [done, outcomes] : open_->answers) {
      done(std::unexpected(trouble().value_or(Error{ErrorCode::kStorageFailed, ""})));
    }
    open_.reset();
  }
  latest_.clear();
  histories_.clear();
  pending_names_.clear();
  keys_.Reset();
  dedupe_.ForgetFrom(durable);
  ASSAYD_CHECK(log_.Reopen());
  if (const auto reason = log_.read_only_reason()) return assayd::Fail(reason->code, reason->text);
  ASSAYD_CHECK(TakeOver(durable));
  ASSAYD_CHECK(LoadCounts());
  next_position_ = log_.next_position();
  if (committer_) committer_->Reset();
  {
    const std::lock_guard lock(trouble_mutex_);
    trouble_.reset();
  }
  failed_ = false;
  log::Info("events can be stored again", {{"position", next_position_}});
  if (published_) published_(log_.acknowledged());
  return {};
}

/// Events that were written but not acknowledged may be in the log all the same.
Result<> Journal::TakeOver(std::uint64_t from) {
  std::unordered_map<domain::TenantId, std::shared_ptr<projections::TenantView>> views;
  const domain::TenantState::Content content = catalogues_.content();
  Result<> applied;
  ASSAYD_CHECK(log_.Read(from, [&](const eventstore::StoredEvent& stored) {
    const auto event = domain::DecodeEvent(stored.bytes);
    if (!event) return applied = std::unexpected(event.error()), false;
    auto& view = views[event->tenant];
    if (!view) {
      const auto before = fleet_.Find(event->tenant);
      view = before ? std::make_shared<projections::TenantView>(*before)
                    : std::make_shared<projections::TenantView>(event->tenant);
    }
    applied = event->type == domain::EventType::kCatalogueAdopted ? catalogues_.Apply(*event)
                                                                  : Result<>();
    if (applied) applied = view->ApplyNext(*event, content);
    return applied.has_value();
  }));
  ASSAYD_CHECK(applied);
  std::vector<projections::ViewPtr> published;
  for (auto& [tenant, view] : views) {
    view->Settle(content);
    published.push_back(std::move(view));
  }
  fleet_.Publish(std::move(published));
  return log_.ReadDedupe(0, [&](const eventstore::EventLog::DedupeRun& run) {
    if (run.first_position < from) return;
    for (const auto& [fingerprint, position] : run.entries) dedupe_.Insert(fingerprint, position);
  });
}

}  // namespace assayd::daemon
