#include "daemon/api/past.h"

#include <algorithm>

namespace assayd::daemon {
namespace {

constexpr std::size_t kHistoriesMax = 8;
constexpr std::size_t kEventsPerQuestion = 1'024;  ///< whether to go on

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

Result<std::shared_ptr<const domain::History>> Past::HistoryOf(const projections::ViewPtr& current,
                                                               const GoOn& go_on) {
  const domain::TenantId tenant = current->state().id;
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find(entries_, tenant, &Entry::tenant);
    if (known != entries_.end() && known->revision == current->state().revision) {
      entries_.splice(entries_.begin(), entries_, known);
      return entries_.front().history;
    }
  }
  auto history = std::make_shared<domain::History>(tenant);
  Result<> added;
  ASSAYD_CHECK(log_.ReadTenant(tenant.uuid, 0, [&](const eventstore::StoredEvent& event) {
    if (event.position > current->state().position) return false;
    if (history->events().size() % kEventsPerQuestion == 0) added = go_on();
    if (added) added = history->Add(std::string(event.bytes));
    return added.has_value();
  }));
  ASSAYD_CHECK(added);
  if (history->events().size() != current->state().revision)
    return Fail(ErrorCode::kStoreCorrupt, "events of this tenant cannot be read");
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.tenant == tenant; });
  entries_.push_front({tenant, current->state().revision, history});
  if (entries_.size() > kHistoriesMax) entries_.pop_back();
  return std::shared_ptr<const domain::History>(std::move(history));
}

Result<TenantAt> Past::At(const projections::ViewPtr& current, const PointInPast& point,
                          const GoOn& go_on) {
  if (!point.asked) return TenantAt{current, point.as_of, point.position, false};
  ASSAYD_TRY(const auto history, HistoryOf(current, go_on));
  auto view = std::make_shared<projections::TenantView>(current->state().id);
  const domain::TenantState::Content content = catalogues_.content();
  const std::size_t end = history->FirstAfter(point.as_of);
  std::uint64_t newest = 0;
  for (std::size_t i = 0; i < end; ++i) {
    if (i % kEventsPerQuestion == 0) ASSAYD_CHECK(go_on());
    const domain::Event& event = history->events()[i];
    if (event.position > point.position) continue;
    ASSAYD_CHECK(view->ApplyNext(event, content));
    newest = std::max(newest, event.position);
  }
  view->Settle(content);
  return TenantAt{std::move(view), point.as_of, newest, true};
}

Result<projections::Timeline> Past::Tell(const projections::ViewPtr& current,
                                         projections::TimelineOptions options, const GoOn& go_on) {
  options.go_on = go_on;
  ASSAYD_TRY(const auto history, HistoryOf(current, go_on));
  return projections::TellTimeline(*history, catalogues_.content(), options);
}

}  // namespace assayd::daemon
