#include "bench/event_writer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/figures.h"
#include "bench/long_log.h"
#include "daemon/document_cache.h"
#include "domain/scoring.h"

namespace assayd::bench {
namespace {

constexpr std::size_t kGroupEvents = 4'096;
constexpr std::size_t kGroupBytes = 512 * 1'024;
constexpr std::size_t kGroupsUnderWay = 4;
constexpr std::size_t kGroupsKept = 64;
constexpr std::uint64_t kSealEvery = 200;  ///< groups
constexpr Milliseconds kSpan = std::chrono::hours(7 * 24);
constexpr std::uint64_t kEventsPerUnit = 3;
constexpr const char* kSetting = "graph/conditionalAccessPolicies";
constexpr const char* kRareSetting = "exchange/irmConfiguration";

TimePoint Today() {
  return FromMillis(ToMillis(std::chrono::floor<Milliseconds>(std::chrono::system_clock::now())));
}

}  // namespace

EventWriter::EventWriter(eventstore::EventLog& log, const config::LoadedCatalogue& catalogue,
                         std::uint32_t tenants, std::uint64_t events)
    : log_(log),
      catalogue_(catalogue),
      events_(events),
      end_(Today()),
      committer_(log, kGroupsUnderWay),
      commit_(0) {
  std::vector<domain::Assessment> assessments;
  for (const auto& id : catalogue.catalogue->default_templates) {
    assessments.push_back({id, catalogue.catalogue->FindTemplate(id)->title, id, "default"});
  }
  layout_ = layouts_.Get(catalogue.catalogue, assessments);
  for (std::uint32_t unit = 0; unit < layout_->units().size(); ++unit) {
    const domain::Action& action = layout_->ActionOf(unit);
    if (action.managed_by == domain::ManagedBy::kCustomer && !action.IsAutomatic()) {
      changing_.push_back(unit);
    }
  }
  for (std::uint32_t number = 0; number < tenants; ++number) {
    const domain::TenantId id = TenantNumber(number);
    tenants_.push_back({id, "/tenants/" + id.ToString() + "/sources/conditional-access", 0,
                        std::vector<bool>(layout_->units().size(), false)});
  }
}

EventWriter::~EventWriter() { committer_.Drain(); }

void EventWriter::Append(Tenant& tenant, domain::EventType type, TimePoint at, std::string data) {
  domain::Event event;
  event.position = position_;
  event.revision = tenant.revision++;
  event.unit = unit_;
  event.tenant = tenant.id;
  event.type = type;
  event.version = domain::CurrentVersion(type);
  event.source = tenant.source;
  event.id = id_;
  event.effective = at;
  event.recorded = at;
  event.data = data;
  std::string bytes;
  domain::EncodeEvent(event, bytes);
  // An input is recognised by the first of its events.
  commit_.AddEvent(tenant.id.uuid, bytes, position_ == unit_ ? random_() | 1U : 0);
  commit_.SetRecorded(ToMillis(at));
  ++position_;
}

void EventWriter::Close() {
  if (commit_.count() == 0) return;
  auto prepared = Must(log_.Prepare(std::exchange(commit_, eventstore::Commit(position_))));
  committer_.Submit(std::move(prepared), [](Result<> result) { Must(std::move(result)); });
  if (++groups_ % kSealEvery != 0) return;
  while (Must(log_.Seal(eventstore::EventLog::kRangeEventsMax, kGroupsKept)) > 0) continue;
}

void EventWriter::Register() {
  const domain::Catalogue& catalogue = *catalogue_.catalogue;
  Tenant system{domain::TenantId::System(), "/assayd/catalogue", 0, {}};
  id_ = "adoption";
  const domain::CatalogueAdopted adopted{catalogue.version, catalogue.sha256,
                                         catalogue_.canonical.size()};
  Append(system, domain::EventType::kCatalogueAdopted, kBeginningOfTime, Encode(adopted));
  commit_.AddBlob(system.id.uuid, catalogue.sha256, daemon::PackDocument(catalogue_.canonical));
  const domain::TenantState::Content content{[&](const Digest&) { return catalogue_.catalogue; },
                                             &layouts_};
  for (std::uint32_t number = 0; number < tenants_.size(); ++number) {
    const auto events = Must(domain::DecideRegistration(
        tenants_[number].id, {AliasNumber(number), 0}, ConfigurationOf(number, catalogue),
        layout_->assessments(), catalogue_.catalogue, content));
    unit_ = position_;
    id_ = "registration";
    for (const auto& event : events) {
      Append(tenants_[number], event.type, event.effective, event.data);
    }
    if (commit_.bytes() >= kGroupBytes) Close();
  }
  Close();
}

void EventWriter::WriteUntil(std::uint64_t position) {
  while (position_ < position) {
    WriteUnit();
    if (commit_.count() + kEventsPerUnit > kGroupEvents || commit_.bytes() >= kGroupBytes) Close();
  }
  Close();
  committer_.Drain();
}

void EventWriter::WriteUnit() {
  const TimePoint at = end_ - kSpan * static_cast<std::int64_t>(events_ - position_) /
                                  static_cast<std::int64_t>(events_);
  Tenant& tenant = tenants_[random_() % tenants_.size()];
  unit_ = position_;
  const std::uint64_t number = random_();
  id_ = fmt::format("{:08x}-{:04x}-7000-8000-{:012x}", number >> 32U, number & 0xFFFFU, position_);
  AppendRead(tenant, at);
  for (std::uint64_t i = 1; i < kEventsPerUnit; ++i) AppendChange(tenant, at);
}

void EventWriter::AppendRead(Tenant& tenant, TimePoint at) {
  constexpr std::uint64_t kRareEvery = 33;
  if (++reads_ % kRareEvery == 0) return AppendRareRead(tenant, at);
  if (random_() % 2 == 0) {
    return Append(tenant, domain::EventType::kSourceSeen, at, Encode(domain::SourceSeen{kSetting}));
  }
  domain::SettingChanged changed;
  changed.setting = kSetting;
  for (auto& byte : changed.hash) byte = static_cast<std::uint8_t>(random_());
  changed.salt = "0123456789abcdef";
  changed.size = 2'000;
  changed.previous_read = at - std::chrono::minutes(5);
  changed.pointers = {"/0/state", "/2/conditions/users/excludeUsers"};
  changed.catalogue_version = catalogue_.catalogue->version;
  const auto [first, last] =
      catalogue_.catalogue->LeavesOf(*catalogue_.catalogue->FindSetting(kSetting));
  for (std::size_t place = first; place < last; ++place) {
    const bool holds = random_() % 2 == 0;
    changed.results.push_back(
        {holds ? domain::LeafResult::Kind::kTrue : domain::LeafResult::Kind::kFalse});
  }
  Append(tenant, domain::EventType::kSettingChanged, at, Encode(changed));
}

void EventWriter::AppendRareRead(Tenant& tenant, TimePoint at) {
  const Json document{{"AzureRMSLicensingEnabled", random_() % 2 == 0}};
  const domain::Catalogue& catalogue = *catalogue_.catalogue;
  domain::SettingChanged changed;
  changed.setting = kRareSetting;
  changed.document = document.dump();
  for (auto& byte : changed.hash) byte = static_cast<std::uint8_t>(random_());
  changed.salt = "0123456789abcdef";
  changed.size = changed.document->size();
  changed.previous_read = at - std::chrono::minutes(5);
  changed.catalogue_version = catalogue.version;
  const auto [first, last] = catalogue.LeavesOf(*catalogue.FindSetting(kRareSetting));
  changed.results.resize(last - first);
  Append(tenant, domain::EventType::kSettingChanged, at, Encode(changed));
}

void EventWriter::AppendChange(Tenant& tenant, TimePoint at) {
  const std::uint32_t unit = changing_[random_() % changing_.size()];
  domain::ActionState failed;
  failed.implementation = domain::ImplementationStatus::kNotImplemented;
  failed.test = domain::TestStatus::kFailedHighRisk;
  domain::ActionState passed;
  passed.implementation = domain::ImplementationStatus::kImplemented;
  passed.test = domain::TestStatus::kPassed;
  const bool now_passed = !tenant.passed[unit];
  tenant.passed[unit] = now_passed;
  domain::ActionChanged change;
  change.action = layout_->ActionOf(unit).id;
  change.group = layout_->GroupOf(unit);
  change.before = now_passed ? failed : passed;
  change.after = now_passed ? passed : failed;
  change.points_before = domain::KnownPoints(change.before, layout_->MaxOf(unit));
  change.points_after = domain::KnownPoints(change.after, layout_->MaxOf(unit));
  change.setting = kSetting;
  change.catalogue_version = catalogue_.catalogue->version;
  Append(tenant, domain::EventType::kActionChanged, at, Encode(change));
}

}  // namespace assayd::bench
