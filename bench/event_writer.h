#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "config/catalogue_folder.h"
#include "domain/decider.h"
#include "eventstore/committer.h"
#include "eventstore/event_log.h"

namespace assayd::bench {

/// Appends made-up events of many tenants to a log, in groups as the daemon closes them, and seals
/// behind them.
class EventWriter {
 public:
  /// `events` will be written in all; their times end now.
  EventWriter(eventstore::EventLog& log, const config::LoadedCatalogue& catalogue,
              std::uint32_t tenants, std::uint64_t events);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  /// The catalogue, and every tenant with its assessments.
  void Register();
  /// Events until the log has so many; acknowledged when it returns.
  void WriteUntil(std::uint64_t position);

 private:
  struct Tenant {
    domain::TenantId id;
    std::string source;
    std::uint64_t revision = 0;
    std::vector<bool> passed;  ///< by unit
  };
  void WriteUnit();
  void Append(Tenant& tenant, domain::EventType type, TimePoint at, std::string data);
  void AppendChange(Tenant& tenant, TimePoint at);
  void AppendRead(Tenant& tenant, TimePoint at);
  /// Of another setting, with its document.
  void AppendRareRead(Tenant& tenant, TimePoint at);
  void Close();

  eventstore::EventLog& log_;
  const config::LoadedCatalogue& catalogue_;
  const std::uint64_t events_;
  const TimePoint end_;
  domain::LayoutCache layouts_;
  std::shared_ptr<const domain::ScoreLayout> layout_;  // shared with the cache
  std::vector<std::uint32_t> changing_;                ///< units that a customer's doing changes
  std::vector<Tenant> tenants_;
  std::mt19937_64 random_{10};
  eventstore::Committer committer_;
  eventstore::Commit commit_;
  std::uint64_t position_ = 0;
  std::uint64_t unit_ = 0;
  std::string id_;
  std::uint64_t groups_ = 0;
  std::uint64_t reads_ = 0;
};

}  // namespace assayd::bench
