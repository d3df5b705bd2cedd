#include "daemon/writer.h"

#include <pthread.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "daemon/versions.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kResyncEvery = std::chrono::minutes(5);
constexpr Milliseconds kLongestPatience{500};

/// A key stands for one request: another one under the same key must not be taken for it.
std::string IdOf(const Caller& caller) { return caller.idempotency_key + "~" + caller.request; }
std::string UserSource(const Caller& caller) { return "/assayd/users/" + caller.by; }

bool IsOfStorage(ErrorCode code) {
  return code == ErrorCode::kStorageFull || code == ErrorCode::kStorageFailed ||
         code == ErrorCode::kStoreCorrupt;
}

/// What If-Match has to say; empty for what is made anew.
std::string VersionFor(const domain::TenantState& state, const domain::AssessmentCommand& command) {
  if (const auto* change = std::get_if<domain::ChangeAssessment>(&command)) {
    const auto* const assessment = state.FindAssessment(change->id);
    return assessment == nullptr ? "" : VersionOf(*assessment, state.ChangedAt(change->id));
  }
  if (const auto* rename = std::get_if<domain::RenameGroup>(&command))
    return VersionOfGroup(state.NameOf(rename->group));
  return {};
}

/// Holds the version that a person saw against the one that is there; `what` was changed.
Result<> CheckVersion(const std::string& what, const std::string& seen, const std::string& now) {
  if (seen.empty()) return Fail(ErrorCode::kRevisionRequired, "send If-Match");
  if (seen == now) return {};
  return Fail(ErrorCode::kRevisionConflict, what + " was changed since; its version is " + now);
}

/// What is not there yet has no version, and is not to be one that was seen.
Result<> CheckVersionIfThere(const std::string& what, const std::string& seen,
                             const std::string& now) {
  if (!now.empty()) return CheckVersion(what, seen, now);
  if (seen.empty()) return {};
  return Fail(ErrorCode::kRevisionConflict, what + " is not there any more");
}

/// Always the same for a person, and another one in another tenant.
Uuid KeyOfPerson(domain::TenantId tenant, const std::string& person) {
  const Digest digest = HashOf("person " + tenant.ToString() + " " + person);
  Uuid key;
  std::ranges::copy(std::span(digest).first(key.bytes.size()), key.bytes.begin());
  return key;
}

}  // namespace

Writer::Writer(const Parts& parts, const WriterOptions& options, Journal::Published published)
    : parts_(parts),
      options_(options),
      queue_(options.queue_max),
      documents_(parts.log),
      journal_(parts.log, parts.fleet, parts.catalogues, parts.keys, parts.clock, options.journal,
               std::move(published)),
      intake_({journal_, parts.catalogues, documents_, parts.keys, parts.ages, parts.clock}),
      registry_({journal_, parts.fleet, parts.catalogues, documents_, parts.clock, parts.random,
                 options.journal.shard}),
      ticker_(journal_, intake_, parts.catalogues, parts.ages, parts.clock) {
  intake_.on_recorded = [this](domain::TenantId tenant) { ticker_.Schedule(tenant); };
  intake_.on_resync_needed = [this](domain::TenantId tenant, const std::string& source) {
    AskForResync(tenant, source);
  };
}

Writer::~Writer() { queue_.Close(); }

Result<> Writer::Prepare() {
  ASSAYD_CHECK(journal_.Load());
  for (const auto& view : parts_.fleet.All()) ticker_.Schedule(view->state().id);
  return {};
}

void Writer::Submit(Input input, Done done) {
  // Damage that was found since need not have failed a write yet.
  if (const auto reason = parts_.log.read_only_reason())
    return done(Fail(ErrorCode::kStoreReadOnly, reason->text));
  if (journal_.failed()) {
    return done(std::unexpected(trouble().value_or(Error{ErrorCode::kStorageFailed, ""})));
  }
  if (std::holds_alternative<SignalsInput>(input) && OnlyReserveIsLeft()) {
    return done(
        Fail(ErrorCode::kStorageFull, "hardly any space is left on the store's file system"));
  }
  Queued queued{std::move(input), std::move(done)};
  if (!queue_.TryPush(std::move(queued))) {
    queued.done(Fail(ErrorCode::kUnavailable, "too many requests wait to be stored"));
  }
}

bool Writer::OnlyReserveIsLeft() const {
  return options_.space != nullptr && options_.space->level() == SpaceWatch::Level::kReserve;
}

void Writer::Run(const std::stop_token& stop) {
  ::pthread_setname_np(::pthread_self(), "writer");
  while (!stop.stop_requested()) Step(kLongestPatience);
  queue_.Close();
  Settle();
}

void Writer::Step(Milliseconds patience) {
  if (journal_.failed()) return Recover();
  if (const auto ticked = ticker_.Run(); !ticked)
    log::Warn("ticks wait", {{"error", ticked.error().ToString()}});
  CloseGroup();
  auto queued = queue_.Pop(ticker_.Patience(patience));
  if (!queued) return;
  Handle(*queued);
  CloseGroup();
}

/// While nothing waits, what is open need not either.
void Writer::CloseGroup() {
  journal_.CloseGroup(queue_.size() == 0 ? Journal::Close::kNow : Journal::Close::kIfDue);
}

void Writer::Settle() {
  do {
    Step(Milliseconds(0));
  } while (queue_.size() > 0 && !journal_.failed());
  journal_.CloseGroup(Journal::Close::kNow);
  journal_.Flush();
}

void Writer::Handle(Queued& queued) {
  // What was received after a deadline must not be recorded before its tick.
  if (const auto ticked = ticker_.Run(); !ticked)
    return queued.done(std::unexpected(ticked.error()));
  auto outcomes = Process(queued.input);
  if (outcomes) {
    journal_.AnswerWhenDurable(std::move(queued.done), *std::move(outcomes));
  } else {
    queued.done(std::unexpected(outcomes.error()));
  }
}

Result<std::vector<Outcome>> Writer::Process(Input& input) {
  if (auto* signals = std::get_if<SignalsInput>(&input)) return TakeSignals(*signals);
  if (const auto* actions = std::get_if<ActionsInput>(&input)) return TakeActions(*actions);
  if (const auto* testing = std::get_if<TestingInput>(&input)) return TakeTesting(*testing);
  if (const auto* organisation = std::get_if<OrganisationInput>(&input))
    return TakeOrganisation(*organisation);
  if (const auto* change = std::get_if<AssessmentInput>(&input)) return TakeAssessment(*change);
  if (const auto* regression = std::get_if<RegressionInput>(&input))
    return TakeRegression(*regression);
  if (const auto* request = std::get_if<RequestInput>(&input)) return TakeRequest(*request);
  if (const auto* adopt = std::get_if<AdoptInput>(&input)) {
    auto result = registry_.Adopt(*adopt);
    for (const auto& view : parts_.fleet.All()) ticker_.Schedule(view->state().id);
    return result;
  }
  const auto& configure = std::get<ConfigureInput>(input);
  auto result = registry_.Configure(configure);
  for (const auto& tenant : configure.tenants) ticker_.Schedule(tenant.tenant);
  return result;
}

Result<std::vector<Outcome>> Writer::TakeSignals(SignalsInput& input) {
  std::vector<Outcome> outcomes;
  std::vector<Quarantine::Refused> refused;
  for (auto& item : input.items) {
    Outcome outcome{Outcome::Kind::kQuarantined, std::nullopt, ""};
    if (item.signal) {
      ASSAYD_TRY(outcome, intake_.Take(*item.signal));
    } else {
      outcome.reason = item.signal.error().context;
    }
    if (outcome.kind == Outcome::Kind::kQuarantined) {
      refused.push_back(
          {outcome.reason, item.signal ? DumpJson(domain::ToStructured(*item.signal)) : item.text});
    }
    outcomes.push_back(std::move(outcome));
    journal_.CloseGroup(Journal::Close::kIfDue);
  }
  if (const auto added = parts_.quarantine.Add(refused); !added) {
    // The database takes nothing more before it is reopened.
    if (IsOfStorage(added.error().code)) journal_.Distrust(added.error());
    return std::unexpected(added.error());
  }
  for (const auto& outcome : outcomes) {
    ++(outcome.kind == Outcome::Kind::kAccepted    ? accepted_
       : outcome.kind == Outcome::Kind::kDuplicate ? duplicate_
                                                   : quarantined_);
  }
  return outcomes;
}

Result<std::optional<std::vector<Outcome>>> Writer::Repeated(const Caller& caller) {
  if (caller.idempotency_key.empty()) return std::optional<std::vector<Outcome>>();
  ASSAYD_TRY(const auto known, journal_.FindInput(UserSource(caller), IdOf(caller)));
  if (known) return std::optional(std::vector<Outcome>{{Outcome::Kind::kDuplicate, *known, ""}});
  ASSAYD_TRY(const auto other, journal_.FindKey(UserSource(caller), caller.idempotency_key));
  if (other)
    return Fail(ErrorCode::kTransitionNotAllowed,
                "the Idempotency-Key was used for another request; each needs its own");
  return std::optional<std::vector<Outcome>>();
}

Writer::Name Writer::NameFor(const Caller& caller) {
  return {UserSource(caller), caller.idempotency_key.empty()
                                  ? MintUuid7(parts_.clock, parts_.random).ToString()
                                  : IdOf(caller)};
}

Result<std::vector<Outcome>> Writer::AppendFor(domain::TenantId tenant, const Caller& caller,
                                               domain::NewEvents events) {
  return AppendAs(NameFor(caller), tenant, caller, std::move(events));
}

Result<std::vector<Outcome>> Writer::AppendAs(const Name& name, domain::TenantId tenant,
                                              const Caller& caller, domain::NewEvents events) {
  std::vector<std::string> names;
  if (!caller.idempotency_key.empty()) {
    names = {Journal::InputName(name.source, name.id),
             Journal::InputName(name.source, caller.idempotency_key)};
  }
  ASSAYD_TRY(
      const auto position,
      journal_.Append({tenant, name.source, name.id, {std::move(events)}, {}, std::move(names)}));
  ticker_.Schedule(tenant);
  return std::vector<Outcome>{{Outcome::Kind::kAccepted, position, ""}};
}

Result<domain::SealedText> Writer::Sealed(domain::TenantId tenant, const Name& name,
                                          const char* field, const std::string& clear,
                                          const Uuid& person) {
  domain::SealedText text;
  if (clear.empty()) return text;
  ASSAYD_TRY(text.box, parts_.keys.Seal(tenant, person, name.source, name.id, field, clear));
  text.source = name.source;
  text.id = name.id;
  return text;
}

Result<domain::ActionCommand> Writer::Sealed(domain::TenantId tenant, const ActionChange& change,
                                             const Name& name) {
  domain::ActionCommand command = change.command;
  command.at = parts_.clock.Now();
  const auto seal = [&](const std::optional<std::string>& clear, const char* field,
                        std::optional<domain::SealedText>& sealed) -> Result<> {
    if (!clear) return {};
    ASSAYD_TRY(sealed, Sealed(tenant, name, field, *clear));
    return {};
  };
  domain::WorkflowEdit& edit = command.workflow;
  ASSAYD_CHECK(seal(change.texts.notes, "notes", edit.notes));
  ASSAYD_CHECK(
      seal(change.texts.implementation_notes, "implementation_notes", edit.implementation_notes));
  ASSAYD_CHECK(seal(change.texts.test_notes, "test_notes", edit.test_notes));
  ASSAYD_CHECK(seal(change.texts.justification, "justification", edit.justification));
  std::optional<domain::SealedText> reason;
  ASSAYD_CHECK(seal(change.texts.risk_reason, "risk_reason", reason));
  if (reason && edit.risk && *edit.risk) (*edit.risk)->reason = *std::move(reason);
  return command;
}

Result<std::vector<Outcome>> Writer::TakeActions(const ActionsInput& input) {
  ASSAYD_TRY(auto repeated, Repeated(input.caller));
  if (repeated) return *std::move(repeated);
  const auto view = journal_.Latest(input.tenant);
  const Name name = NameFor(input.caller);
  std::vector<domain::ActionCommand> commands;
  for (const auto& change : input.changes) {
    const auto unit = view && view->state().layout
                          ? view->state().layout->Find(change.command.action, change.command.group)
                          : std::nullopt;
    if (!unit) return Fail(ErrorCode::kNotFound, "no such action '" + change.command.action + "'");
    ASSAYD_CHECK(CheckVersion("'" + change.command.action + "':", change.expected_version,
                              VersionOf(view->state(), *unit)));
    ASSAYD_TRY(auto command, Sealed(input.tenant, change, name));
    commands.push_back(std::move(command));
  }
  ASSAYD_TRY(auto events,
             domain::DecideActions(view->state(), commands, parts_.catalogues.content()));
  return AppendAs(name, input.tenant, input.caller, std::move(events));
}

Result<std::vector<Outcome>> Writer::TakeTesting(const TestingInput& input) {
  ASSAYD_TRY(auto repeated, Repeated(input.caller));
  if (repeated) return *std::move(repeated);
  const auto view = journal_.Latest(input.tenant);
  if (!view || !view->state().layout) return Fail(ErrorCode::kNotFound, "no such tenant");
  ASSAYD_CHECK(CheckVersion("automatic testing", input.expected_version,
                            VersionOfTesting(view->state().automatic_testing)));
  ASSAYD_TRY(auto events, domain::DecideTesting(view->state(), input.mode, parts_.clock.Now(),
                                                parts_.catalogues.content()));
  return AppendFor(input.tenant, input.caller, std::move(events));
}

Result<domain::PersonCommand> Writer::Sealed(const domain::TenantState& state,
                                             const PersonEdit& edit, const Name& name) {
  domain::PersonCommand command{edit.person, {}, parts_.clock.Now()};
  if (edit.remove) return command;
  const auto* const known = state.organisation ? state.organisation->Find(edit.person) : nullptr;
  command.after = known != nullptr ? *known : domain::Person();
  const Uuid key = KeyOfPerson(state.id, edit.person);
  if (edit.name) {
    ASSAYD_TRY(command.after->name, Sealed(state.id, name, "name", *edit.name, key));
  }
  if (edit.address) {
    ASSAYD_TRY(command.after->address, Sealed(state.id, name, "address", *edit.address, key));
  }
  return command;
}

Result<std::vector<Outcome>> Writer::TakeOrganisation(const OrganisationInput& input) {
  ASSAYD_TRY(auto repeated, Repeated(input.caller));
  if (repeated) return *std::move(repeated);
  const auto view = journal_.Latest(input.tenant);
  if (!view || !view->state().layout) return Fail(ErrorCode::kNotFound, "no such tenant");
  const domain::TenantState& state = view->state();
  const Name name = NameFor(input.caller);
  const auto content = parts_.catalogues.content();
  domain::NewEvents events;
  if (const auto* const edit = std::get_if<PersonEdit>(&input.command)) {
    const std::string version = VersionOfPerson(state, edit->person);
    ASSAYD_CHECK(CheckVersionIfThere("the person", input.expected_version, version));
    ASSAYD_TRY(const auto command, Sealed(state, *edit, name));
    ASSAYD_TRY(events, domain::DecidePerson(state, command));
  } else if (const auto* const targets = std::get_if<domain::Targets>(&input.command)) {
    ASSAYD_CHECK(CheckVersion("the targets", input.expected_version, VersionOfTargets(state)));
    ASSAYD_TRY(events, domain::DecideTargets(state, *targets, parts_.clock.Now()));
  } else {
    auto command = std::get<domain::AttestationCommand>(input.command);
    command.at = parts_.clock.Now();
    const std::string version = VersionOfAttestation(state, command.attestation);
    ASSAYD_CHECK(CheckVersionIfThere("the attestation", input.expected_version, version));
    ASSAYD_TRY(events, domain::DecideAttestation(state, command, content));
  }
  return AppendAs(name, input.tenant, input.caller, std::move(events));
}

Result<std::vector<Outcome>> Writer::TakeAssessment(const AssessmentInput& input) {
  ASSAYD_TRY(auto repeated, Repeated(input.caller));
  if (repeated) return *std::move(repeated);
  const auto view = journal_.Latest(input.tenant);
  if (!view || !view->state().registered) return Fail(ErrorCode::kNotFound, "no such tenant");
  const std::string version = VersionFor(view->state(), input.command);
  if (!version.empty()) ASSAYD_CHECK(CheckVersion("it", input.expected_version, version));
  domain::AssessmentCommand command = input.command;
  std::visit([&](auto& each) { each.at = parts_.clock.Now(); }, command);
  const Name name = NameFor(input.caller);
  auto* const change = std::get_if<domain::ChangeAssessment>(&command);
  for (std::size_t i = 0; change != nullptr && i < input.justifications.size(); ++i) {
    ASSAYD_TRY((*change->excluded)[i].justification,
               Sealed(input.tenant, name, "justification", input.justifications[i]));
  }
  ASSAYD_TRY(auto events,
             domain::DecideAssessment(view->state(), command, parts_.catalogues.content()));
  return AppendAs(name, input.tenant, input.caller, std::move(events));
}

Result<std::vector<Outcome>> Writer::TakeRegression(const RegressionInput& input) {
  ASSAYD_TRY(auto repeated, Repeated(input.caller));
  if (repeated) return *std::move(repeated);
  const auto view = journal_.Latest(input.tenant);
  const auto position = projections::ParseRegressionId(options_.journal.shard, input.regression);
  if (!view || !position) return Fail(ErrorCode::kNotFound, "no such regression");
  const auto* const loss = view->regressions().FindChangeable(*position, parts_.clock.Now());
  if (loss == nullptr) {
    return Fail(ErrorCode::kTransitionNotAllowed,
                "the regression is over; only an open one can be changed");
  }
  ASSAYD_CHECK(CheckVersion("the regression", input.expected_version, VersionOf(*loss)));
  domain::NewEvent event;
  event.origin = domain::Origin::kManual;
  event.effective = parts_.clock.Now();
  if (input.mute_until) {
    event.type = domain::EventType::kRegressionMuted;
    event.data =
        Encode(domain::RegressionMuted{input.regression, input.caller.by, *input.mute_until});
  } else {
    event.type = domain::EventType::kRegressionAcknowledged;
    event.data = Encode(domain::RegressionAcknowledged{input.regression, input.caller.by});
  }
  domain::NewEvents events;
  events.push_back(std::move(event));
  return AppendFor(input.tenant, input.caller, std::move(events));
}

Result<std::vector<Outcome>> Writer::TakeRequest(const RequestInput& input) {
  ASSAYD_TRY(auto repeated, Repeated(input.caller));
  if (repeated) return *std::move(repeated);
  const auto view = journal_.Latest(input.tenant);
  if (!view || !view->state().registered) return Fail(ErrorCode::kNotFound, "no such tenant");
  domain::CommandRequested requested;
  requested.command = MintUuid7(parts_.clock, parts_.random).ToString();
  requested.kind = input.kind;
  requested.source = input.source;
  requested.by = input.caller.by;
  domain::NewEvents events;
  events.push_back({domain::EventType::kCommandRequested, domain::Origin::kManual,
                    parts_.clock.Now(), Encode(requested)});
  return AppendFor(input.tenant, input.caller, std::move(events));
}

void Writer::AskForResync(domain::TenantId tenant, const std::string& source) {
  TimePoint& last = resyncs_[{tenant, source}];
  const TimePoint now = parts_.clock.Now();
  if (last != TimePoint() && now - last < kResyncEvery) return;
  last = now;
  const auto asked = TakeRequest({tenant, "resync", source, {"assayd", ""}});
  if (!asked) log::Warn("a resync cannot be asked for", {{"error", asked.error().ToString()}});
}

void Writer::Recover() {
  while (auto queued = queue_.Pop(Milliseconds(0))) {
    queued->done(std::unexpected(trouble().value_or(Error{ErrorCode::kStorageFailed, ""})));
  }
  const bool hopeless = parts_.log.read_only_reason().has_value();
  if (hopeless || parts_.clock.Monotonic() < next_recovery_) {
    // The queue is the only thing to wait on; while it is refused, nothing comes.
    if (auto queued = queue_.Pop(Milliseconds(50))) queued->done(std::unexpected(*trouble()));
    return;
  }
  next_recovery_ = parts_.clock.Monotonic() + options_.retry_after_failure;
  // Opening a store needs space too; without any it would only end reading for a while.
  if (trouble() && trouble()->code == ErrorCode::kStorageFull && OnlyReserveIsLeft()) return;
  documents_.Clear();
  if (const auto recovered = journal_.Recover(); !recovered) {
    log::Warn("the store cannot be written yet", {{"error", recovered.error().ToString()}});
    return;
  }
  for (const auto& view : parts_.fleet.All()) ticker_.Schedule(view->state().id);
}

WriterStatistics Writer::statistics() const {
  return {accepted_.load(),
          duplicate_.load(),
          quarantined_.load(),
          journal_.events_by_type(),
          journal_.groups_committed(),
          journal_.append_durations(),
          journal_.last_applied(),
          ticker_.ticks(),
          ticker_.clock_steps(),
          intake_.fields_dropped(),
          queue_.size()};
}

}  // namespace assayd::daemon
