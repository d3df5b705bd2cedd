#include "daemon/api/past.h"

#include <algorithm>
#include <tuple>

namespace assayd::daemon {
namespace {

constexpr std::size_t kHistoriesMax = 8;
constexpr std::size_t kEventsMax = 2'000'000;      ///< kept of several tenants; about 0.5 kB each
constexpr std::size_t kEventsPerQuestion = 1'024;  ///< whether to go on
constexpr std::size_t kEventsPerMilestone = 4'096;

}  // namespace

Reply<PointInPast> PointInPast::Read(const Query& query, const projections::TenantView& current,
                                     TimePoint now) {
  ASSAYD_REPLY_TRY(const auto as_of, query.Time("as_of"));
  ASSAYD_REPLY_TRY(const auto position, query.Number("position"));
  if (as_of && *as_of > now) return RefuseQuery("as_of", "lies in the future");
  const std::uint64_t newest = current.state().position;
  return PointInPast{as_of.value_or(now), std::min(position.value_or(newest), newest),
                     as_of || position};
}

Past::Entry* Past::Find(domain::TenantId tenant) {
  const auto known = std::ranges::find(entries_, tenant, &Entry::tenant);
  if (known == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known);
  return &entries_.front();
}

Result<std::shared_ptr<const domain::History>> Past::HistoryOf(const projections::ViewPtr& current,
                                                               const GoOn& go_on) {
  const domain::TenantId tenant = current->state().id;
  std::shared_ptr<const domain::History> known;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* const entry = Find(tenant)) known = entry->history;
  }
  if (known && known->size() >= current->state().revision) return known;
  const auto history =
      known ? std::make_shared<domain::History>(*known) : std::make_shared<domain::History>(tenant);
  const std::uint64_t first = known ? known->newest_position() + 1 : 0;
  TimePoint earliest = TimePoint::max();
  Result<> added;
  ASSAYD_CHECK(log_.ReadTenant(tenant.uuid, first, [&](const eventstore::StoredEvent& event) {
    if (event.position > current->state().position) return false;
    if (history->size() % kEventsPerQuestion == 0) added = go_on();
    if (!added) return false;
    const auto effective = history->Add(std::string(event.bytes));
    if (effective) earliest = std::min(earliest, *effective);
    if (!effective) added = std::unexpected(effective.error());
    return added.has_value();
  }));
  ASSAYD_CHECK(added);
  if (history->size() != current->state().revision)
    return Fail(ErrorCode::kStoreCorrupt, "events of this tenant cannot be read");
  Keep(tenant, history, earliest);
  return std::shared_ptr<const domain::History>(history);
}

void Past::Keep(domain::TenantId tenant, std::shared_ptr<const domain::History> history,
                TimePoint earliest_new) {
  const std::lock_guard lock(mutex_);
  Entry* entry = Find(tenant);
  if (entry == nullptr) entry = &entries_.emplace_front(Entry{tenant, nullptr, {}});
  if (entry->history && entry->history->size() >= history->size()) return;
  entry->history = std::move(history);
  std::erase_if(entry->milestones,
                [&](const Milestone& each) { return each.effective > earliest_new; });
  std::size_t events = 0;
  for (const auto& each : entries_) events += each.history->size();
  while (entries_.size() > 1 && (entries_.size() > kHistoriesMax || events > kEventsMax)) {
    events -= entries_.back().history->size();
    entries_.pop_back();
  }
}

std::optional<Past::Milestone> Past::MilestoneBefore(domain::TenantId tenant,
                                                     const PointInPast& point) {
  const std::lock_guard lock(mutex_);
  const auto* const entry = Find(tenant);
  if (entry == nullptr) return {};
  std::optional<Milestone> last;
  for (const auto& each : entry->milestones) {
    if (each.effective > point.as_of || each.newest > point.position) break;
    last = each;
  }
  return last;
}

void Past::Keep(const std::shared_ptr<const domain::History>& of, std::vector<Milestone> passed) {
  const auto order = [](const Milestone& each) {
    return std::tuple(each.effective, each.position);
  };
  const std::lock_guard lock(mutex_);
  auto* const entry = Find(of->tenant());
  // A newer history may have an event that belongs before one of them.
  if (entry == nullptr || entry->history != of) return;
  auto& known = entry->milestones;
  for (auto& each : passed) {
    const auto place = std::ranges::lower_bound(known, order(each), {}, order);
    if (place == known.end() || order(*place) != order(each)) known.insert(place, std::move(each));
  }
}

Result<TenantAt> Past::At(const projections::ViewPtr& current, const PointInPast& point,
                          const GoOn& go_on) {
  if (!point.asked) return TenantAt{current, point.as_of, point.position, false};
  ASSAYD_TRY(const auto history, HistoryOf(current, go_on));
  const domain::TenantState::Content content = catalogues_.content();
  const auto from = MilestoneBefore(history->tenant(), point);
  auto view = from ? std::make_shared<projections::TenantView>(*from->view)
                   : std::make_shared<projections::TenantView>(history->tenant());
  auto next = from ? history->After(from->effective, from->position) : history->begin();
  std::uint64_t newest = from ? from->newest : 0;
  std::vector<Milestone> passed;
  bool whole = true;  // no event was left out
  std::size_t folded = 0;
  for (const auto end = history->After(point.as_of); next != end; ++next) {
    if (folded % kEventsPerQuestion == 0) ASSAYD_CHECK(go_on());
    if (next->position > point.position) whole = false;
    if (next->position > point.position) continue;
    ASSAYD_CHECK(view->ApplyNext(*next, content));
    newest = std::max(newest, next->position);
    if (++folded % kEventsPerMilestone == 0 && whole) {
      passed.push_back({next->effective, next->position, newest,
                        std::make_shared<const projections::TenantView>(*view)});
    }
  }
  if (!passed.empty()) Keep(history, std::move(passed));
  view->Settle(content);
  return TenantAt{std::move(view), point.as_of, newest, true};
}

Result<projections::Timeline> Past::Tell(const projections::ViewPtr& current,
                                         projections::TimelineOptions options, const GoOn& go_on) {
  options.go_on = go_on;
  options.position_max = std::min(options.position_max, current->state().position);
  ASSAYD_TRY(const auto history, HistoryOf(current, go_on));
  return projections::TellTimeline(*history, catalogues_.content(), options);
}

}  // namespace assayd::daemon
