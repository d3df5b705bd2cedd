#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "domain/payloads.h"

/// What people record of an action beside its two statuses: one record serves the compliance score
/// and the Secure Score (domain-model c.8, issue of the engine: workflow). None of it moves the
/// compliance score.
namespace assayd::domain {

/// Where an action stands in people's plans, as Secure Score names it. Completed is not among them:
/// only what was read says so.
enum class WorkStatus : std::uint8_t {
  kToAddress = 0,
  kPlanned = 1,
  kRiskAccepted = 2,
  kThirdParty = 3,
  kAlternateMitigation = 4,
};

/// What decides the statuses of an action.
enum class TestingSource : std::uint8_t {
  kUsual = 0,   ///< its credit rule where it has one, else people
  kManual = 1,  ///< people, though it has a rule
  kParent = 2,  ///< another action: its statuses are taken over
};

/// For a whole tenant.
enum class AutomaticTesting : std::uint8_t {
  kPerAction = 0,  ///< TestingSource of the action
  kAll = 1,        ///< every rule decides
  kNone = 2,       ///< no rule decides
};

/// The organisation's own rating of what it would cost to be without the action.
enum class OwnRisk : std::uint8_t { kNone = 0, kLow = 1, kMedium = 2, kHigh = 3, kCritical = 4 };

std::string_view ToText(WorkStatus status);
std::string_view ToText(AutomaticTesting mode);
std::string_view ToText(OwnRisk risk);
std::optional<WorkStatus> ParseWorkStatus(std::string_view text);
std::optional<AutomaticTesting> ParseAutomaticTesting(std::string_view text);
/// low … critical; not the text of kNone.
std::optional<OwnRisk> ParseOwnRisk(std::string_view text);

/// A piece of work in another system.
struct Ticket {
  std::string system;
  std::string id;
  std::string url;  ///< may be empty
  bool operator==(const Ticket&) const = default;
};

struct AcceptedRisk {
  SealedText reason;
  std::string accepted_by;
  std::string approved_by;              ///< another person; may be empty
  std::optional<TimePoint> expires_at;  ///< from then on it is to be addressed again
  bool operator==(const AcceptedRisk&) const = default;
};

struct Workflow {
  WorkStatus status = WorkStatus::kToAddress;  ///< as recorded: see StatusAt
  TestingSource testing_source = TestingSource::kUsual;
  std::string parent;  ///< action id; empty unless testing_source is kParent
  OwnRisk own_risk = OwnRisk::kNone;
  std::optional<TimePoint> implemented_at;
  std::optional<TimePoint> tested_at;
  std::optional<TimePoint> due_at;
  std::string owner;  ///< people by their ids; empty for nobody
  std::string implementer;
  std::string assessor;
  std::vector<std::string> tags;  ///< sorted, each once
  std::vector<Ticket> tickets;
  SealedText notes;
  SealedText implementation_notes;
  SealedText test_notes;
  SealedText justification;          ///< why it is out of scope
  std::optional<AcceptedRisk> risk;  ///< set while the status is kRiskAccepted
  bool operator==(const Workflow&) const = default;
};

/// An accepted risk whose time is over is to be addressed again.
WorkStatus StatusAt(const Workflow& workflow, TimePoint at);

/// The whole record of one unit after a change.
struct WorkflowChanged {
  static constexpr EventType kType = EventType::kWorkflowChanged;
  std::string action;
  std::string group;  ///< empty for an action that counts once per tenant
  Workflow after;
};

struct TestingConfigured {
  static constexpr EventType kType = EventType::kTestingConfigured;
  AutomaticTesting mode = AutomaticTesting::kPerAction;
};

struct RecordedWorkflow {
  Workflow workflow;
  TimePoint changed;
};
/// By action and group; entries are shared by copies and never changed.
using Workflows =
    std::map<std::pair<std::string, std::string>, std::shared_ptr<const RecordedWorkflow>>;

}  // namespace assayd::domain
