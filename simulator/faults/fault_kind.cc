#include "simulator/faults/fault_kind.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace assayd::simulator {
namespace {

struct Row {
  const char* name;
  FaultKind kind;
  FaultArgument argument = FaultArgument::kNone;
  long long number = 0;  ///< the default
  long long least = 0;
  long long most = 0;
};

constexpr auto kNumber = FaultArgument::kNumber;
constexpr auto kOptionalNumber = FaultArgument::kOptionalNumber;
constexpr auto kText = FaultArgument::kText;
constexpr auto kOptionalText = FaultArgument::kOptionalText;
constexpr auto kPointer = FaultArgument::kPointer;

constexpr auto kRows = std::to_array<Row>({
    {"status", FaultKind::kStatus, kNumber, 0, 400, 599},
    {"retry_after", FaultKind::kRetryAfter, kOptionalText},
    {"html", FaultKind::kHtml, kOptionalNumber, 200, 200, 599},
    {"empty", FaultKind::kEmpty},
    {"nul", FaultKind::kNul, kOptionalNumber, 403, 200, 599},
    {"redirect", FaultKind::kRedirect, kOptionalText},
    {"premium", FaultKind::kPremium},
    {"no_code", FaultKind::kNoCode},
    {"skiptoken_refused", FaultKind::kSkipTokenRefused},
    {"next_link_loop", FaultKind::kNextLinkLoop},
    {"next_link_cycle", FaultKind::kNextLinkCycle},
    {"next_link_foreign", FaultKind::kNextLinkForeign, kOptionalText},
    {"next_link_missing", FaultKind::kNextLinkMissing},
    {"stale", FaultKind::kStale, kOptionalNumber, 259'200, 1, 31'536'000},
    {"drift", FaultKind::kDrift, kPointer},
    {"without", FaultKind::kWithout, kPointer},
    {"overflow", FaultKind::kOverflow, kPointer},
    {"empty_list", FaultKind::kEmptyList},
    {"half_list", FaultKind::kHalfList},
    {"other_tenant", FaultKind::kOtherTenant},
    {"content_type", FaultKind::kContentType, kText},
    {"truncate_json", FaultKind::kTruncateJson},
    {"duplicate_keys", FaultKind::kDuplicateKeys},
    {"deep", FaultKind::kDeep, kOptionalNumber, 100'000, 1, 1'000'000},
    {"bom", FaultKind::kBom},
    {"invalid_utf8", FaultKind::kInvalidUtf8},
    {"gzip", FaultKind::kGzip},
    {"gzip_bomb", FaultKind::kGzipBomb, kOptionalNumber, 300, 1, 1'000},
    {"truncate", FaultKind::kTruncate},
    {"truncate_eof", FaultKind::kTruncateEof},
    {"short_length", FaultKind::kShortLength},
    {"two_lengths", FaultKind::kTwoLengths},
    {"negative_chunk", FaultKind::kNegativeChunk},
    {"bad_chunk", FaultKind::kBadChunk},
    {"header_bomb", FaultKind::kHeaderBomb, kOptionalNumber, 1'024, 1, 16'384},
    {"huge", FaultKind::kHuge, kOptionalNumber, 40, 1, 128},
    {"delay", FaultKind::kDelay, kNumber, 0, 1, 600'000},
    {"drip", FaultKind::kDrip, kOptionalNumber, 1'000, 1, 60'000},
    {"slow_head", FaultKind::kSlowHead, kOptionalNumber, 1'000, 1, 60'000},
    {"stall", FaultKind::kStall, kOptionalNumber, 600'000, 1, 600'000},
    {"reset", FaultKind::kReset},
    {"reset_mid_body", FaultKind::kResetMidBody},
    {"close", FaultKind::kClose},
});

std::unexpected<Error> Bad(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, "fault: " + std::move(what));
}

std::unexpected<Error> Unknown(std::string_view name) {
  const auto near = Closest(name, FaultNames());
  auto what = "'" + EscapeForLine(name.substr(0, 60)) + "' is not known";
  if (near) what += "; did you mean '" + *near + "'?";
  return Bad(std::move(what));
}

Result<long long> ReadNumber(const Row& row, std::string_view text) {
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < row.least ||
      number > row.most) {
    return Bad(std::string(row.name) + " takes a whole number from " + std::to_string(row.least) +
               " to " + std::to_string(row.most));
  }
  return number;
}

Result<> CheckPointer(const Row& row, std::string_view text) {
  const auto pointer = text.substr(0, std::min(text.find('='), text.size()));
  const bool has_value = pointer.size() < text.size();
  try {
    (void)Json::json_pointer(std::string(pointer));
  } catch (const Json::exception&) {
    return Bad(std::string(row.name) + " takes a JSON Pointer, such as /value/0/state");
  }
  if (pointer.empty()) return Bad(std::string(row.name) + " takes a JSON Pointer to a member");
  if (!has_value) return {};
  if (row.kind != FaultKind::kDrift || !ParseJson(text.substr(pointer.size() + 1))) {
    return Bad("behind '=' there must be a JSON value, and only for drift");
  }
  return {};
}

// Values of headers.
bool IsFieldValue(std::string_view text) {
  return text.size() <= 1'024 &&
         std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
}

Result<FaultSpec> ReadArgument(const Row& row, std::string_view text, bool is_given) {
  FaultSpec spec{.kind = row.kind, .argument = std::string(text), .number = row.number};
  const auto kind = row.argument;
  if (kind == FaultArgument::kNone && is_given) {
    return Bad(std::string(row.name) + " takes no argument");
  }
  const bool is_needed = kind == kNumber || kind == kText || kind == kPointer;
  if (is_needed && text.empty()) return Bad(std::string(row.name) + " needs an argument");
  if ((kind == kNumber || kind == kOptionalNumber) && !text.empty()) {
    ASSAYD_TRY(spec.number, ReadNumber(row, text));
  }
  if (kind == kPointer) ASSAYD_CHECK(CheckPointer(row, text));
  if ((kind == kText || kind == kOptionalText) && !IsFieldValue(text)) {
    return Bad(std::string(row.name) + ": not the text of a header");
  }
  return spec;
}

}  // namespace

Result<FaultSpec> ParseFault(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto name = text.substr(0, colon);
  const auto row =
      std::ranges::find_if(kRows, [&](const Row& known) { return name == known.name; });
  if (row == kRows.end()) return Unknown(name);
  return ReadArgument(*row, text.substr(std::min(colon + 1, text.size())), colon < text.size());
}

std::span<const std::string> FaultNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& row : kRows) list.emplace_back(row.name);
    return list;
  }();
  return names;
}

}  // namespace assayd::simulator
