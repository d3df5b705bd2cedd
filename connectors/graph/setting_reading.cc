#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "base/time_text.h"
#include "connectors/graph/large_answers.h"
#include "connectors/graph/page_walk.h"
#include "connectors/graph/reading.h"
#include "domain/canonical_document.h"
#include "domain/secure_score.h"

namespace assayd::connectors::graph {
namespace {

/// The mailbox that Exchange's own client names when an application asks.
constexpr std::string_view kAnchor = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

std::unexpected<Failure> Failed(FailureReason reason, std::string detail) {
  return std::unexpected(Failure{.reason = reason, .status = 200, .detail = std::move(detail)});
}

std::string FirstUrl(const Source& source, const ReadContext& context) {
  if (source.form != Form::kCmdlet) return context.root + std::string(source.path);
  return fmt::format("{}/adminapi/beta/{}/InvokeCommand", context.root, context.tenant);
}

/// The newest snapshot of a page, by its date: the order of a list promises nothing.
Outcome<Json> NewestOf(std::vector<Json> items, const std::string& tenant) {
  if (items.empty()) return Failed(FailureReason::kNotFound, "the service has no snapshot yet");
  const auto created = [](const Json& item) -> std::optional<TimePoint> {
    const auto time = item.is_object() ? item.find("createdDateTime") : item.end();
    if (!item.is_object() || time == item.end() || !time->is_string()) return std::nullopt;
    const auto parsed = ParseTime(time->get_ref<const std::string&>());
    return parsed ? std::optional(*parsed) : std::nullopt;
  };
  for (const auto& item : items) {
    if (!created(item)) return Failed(FailureReason::kSchema, "a snapshot has no date");
    const auto owner = item.find("azureTenantId");
    const bool is_ours = owner != item.end() && owner->is_string() &&
                         EqualsIgnoreCaseAscii(owner->get_ref<const std::string&>(), tenant);
    if (!is_ours) return Failed(FailureReason::kMalformed, "a snapshot of the wrong tenant");
  }
  return std::move(*std::ranges::max_element(items, {}, created));
}

class SettingReading final : public Reading {
 public:
  SettingReading(const Source& source, ReadContext context, std::optional<Digest> known)
      : source_(source),
        context_(std::move(context)),
        known_(known),
        walk_(context_.root, FirstUrl(source_, context_)) {
    ASSAYD_ASSERT(context_.schema != nullptr);
  }

  [[nodiscard]] ApiClient::Request Next() const override {
    ApiClient::Request request;
    request.url = walk_.next();
    request.workload = source_.workload;
    request.permission = context_.schema->permission;
    request.bytes_max = walk_.bytes_left();
    if (source_.form != Form::kCmdlet) return request;
    request.body =
        DumpJson({{"CmdletInput", {{"CmdletName", source_.path}, {"Parameters", Json::object()}}}});
    request.headers = {{"X-CmdletName", std::string(source_.path)},
                       {"X-ResponseFormat", "json"},
                       {"X-AnchorMailbox", fmt::format("UPN:{}@{}", kAnchor, context_.tenant)}};
    return request;
  }

  [[nodiscard]] bool IsLarge() const override { return walk_.values() > SmallRead::kValuesMax; }

  Outcome<bool> Take(ApiClient::Answer answer) override {
    if (source_.form == Form::kObject) {
      pages_ = 1;
      document_ = std::move(answer.body);
      return true;
    }
    // What follows yesterday's snapshot is not asked for: the link to it is no part of the answer.
    if (source_.form == Form::kNewest && answer.body.is_object()) {
      answer.body.erase("@odata.nextLink");
    }
    auto items = walk_.Take(std::move(answer.body), answer.bytes);
    if (!items) return std::unexpected(std::move(items).error());
    std::ranges::move(*items, std::back_inserter(items_));
    pages_ = walk_.pages();
    return walk_.done();
  }

  Outcome<ReadResult> Finish() override {
    auto document = Document();
    if (!document) return std::unexpected(std::move(document).error());
    if (domain::NamesAnotherTenant(*document, context_.tenant))
      return Failed(FailureReason::kMalformed, "the answer is of another tenant");
    const auto canonical = context_.schema->Canonicalise(*document);
    if (!canonical) return std::unexpected(SchemaFailure(canonical.error()));
    const auto plausible =
        domain::CheckPlausible(context_.schema->name, canonical->value, context_.started);
    if (!plausible) return std::unexpected(SchemaFailure(plausible.error()));
    const Digest hash = HashOf(canonical->text);
    const bool changed = known_ != hash;
    auto signal = MakeSignal(
        changed ? domain::SignalType::kSettingObserved : domain::SignalType::kSourceHeartbeat,
        source_, context_.tenant, context_.started);
    signal.data = {{"read_started", FormatTime(context_.started)}, {"value_sha256", ToHex(hash)}};
    ReadResult result{.changed = changed};
    if (changed) {
      signal.data["value"] = canonical->value;
      signal.data["pages"] = pages_;
      signal.data["dropped"] = canonical->dropped;
      result.changes.emplace_back(SettingRead{context_.tenant, context_.schema->name, hash});
    }
    result.signals.push_back(std::move(signal));
    return result;
  }

 private:
  Outcome<Json> Document() {
    switch (source_.form) {
      case Form::kNewest:
        return NewestOf(std::move(items_), context_.tenant);
      case Form::kCmdlet:
        if (items_.size() == 1 && pages_ == 1) return std::move(items_.front());
        return Failed(FailureReason::kMalformed, "the cmdlet did not give exactly one object");
      case Form::kList:
        if (items_.empty() && !source_.may_be_empty) {
          return Failed(FailureReason::kIncomplete, "the list is empty, which it never is");
        }
        return Json(std::move(items_));
      default:
        return std::move(document_);
    }
  }

  /// Names the pointer and not the value, which the message may quote.
  static Failure SchemaFailure(const Error& error) {
    Failure failure = FailureFrom(error);
    failure.status = 200;
    return failure;
  }

  const Source& source_;
  const ReadContext context_;
  const std::optional<Digest> known_;
  PageWalk walk_;
  std::vector<Json> items_;
  Json document_;
  std::size_t pages_ = 0;
};

}  // namespace

std::unique_ptr<Reading> ReadSetting(const Source& source, ReadContext context,
                                     std::optional<Digest> known) {
  return std::make_unique<SettingReading>(source, std::move(context), known);
}

domain::Signal MakeSignal(domain::SignalType type, const Source& source, std::string_view tenant,
                          TimePoint time) {
  domain::Signal signal;
  signal.type = type;
  signal.tenant = tenant;
  signal.source_name = source.name;
  signal.source = domain::SignalSource(tenant, source.name);
  if (type != domain::SignalType::kAuditRecorded) signal.subject = source.subject;
  signal.time = time;
  signal.data = Json::object();
  return signal;
}

}  // namespace assayd::connectors::graph
