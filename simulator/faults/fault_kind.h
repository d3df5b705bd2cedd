#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assayd::simulator {

/// Every way in which an answer can be wrong. docs/simulator.md says what each does.
enum class FaultKind {
  // answers instead of the real one
  kStatus,
  kRetryAfter,
  kHtml,
  kEmpty,
  kNul,
  kRedirect,
  kPremium,
  kNoCode,
  kSkipTokenRefused,
  // the real answer with another content
  kNextLinkLoop,
  kNextLinkCycle,
  kNextLinkForeign,
  kNextLinkMissing,
  kStale,
  kDrift,
  kWithout,
  kOverflow,
  kEmptyList,
  kHalfList,
  kOtherTenant,
  kContentType,
  // the real content in bytes that are wrong
  kTruncateJson,
  kDuplicateKeys,
  kDeep,
  kBom,
  kInvalidUtf8,
  kGzip,
  kGzipBomb,
  // the right bytes in a wrong frame
  kTruncate,
  kTruncateEof,
  kShortLength,
  kTwoLengths,
  kNegativeChunk,
  kBadChunk,
  kHeaderBomb,
  kHuge,
  // the right bytes at the wrong time, or none
  kDelay,
  kDrip,
  kSlowHead,
  kStall,
  kReset,
  kResetMidBody,
  kClose,
};

enum class FaultArgument {
  kNone,
  kNumber,          ///< a whole number is needed
  kOptionalNumber,  ///< may be left out
  kText,
  kOptionalText,
  kPointer,  ///< a JSON Pointer, for drift with "=VALUE" behind it if one likes
};

/// A fault as it is written: "status:429", "truncate", "drift:/value/0/state=\"x\"".
struct FaultSpec {
  FaultKind kind = FaultKind::kStatus;
  std::string argument;  ///< empty where none was given
  long long number = 0;  ///< of kNumber and kOptionalNumber; the default where none was given
};

/// kInvalidArgument says what is wrong and, for a word that is nearly right, which one is near.
Result<FaultSpec> ParseFault(std::string_view text);

/// The words, for messages.
std::span<const std::string> FaultNames();

}  // namespace assayd::simulator
