#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace assayd {

/// Every kind of expected failure, from the one list in error_codes.def.
enum class ErrorCode : int {
#define ASSAYD_ERROR(name, number, text, hint) k##name = number,
#include "base/error_codes.def"
#undef ASSAYD_ERROR
};

/// The stable snake_case word of a code, as it stands in logs, metrics and problem answers.
std::string_view ErrorText(ErrorCode code);

/// One sentence that tells an operator what to do.
std::string_view ErrorHint(ErrorCode code);

/// A failure that callers may branch on (`code`) and people may read (`context`: what, where,
/// which value; no secrets, no personal data).
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string context;

  /// "text: context", for logs.
  [[nodiscard]] std::string ToString() const;
};

template <class T = void>
using Result = std::expected<T, Error>;

/// Shorthand for `return Fail(code, "…")` in a function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> Fail(ErrorCode code, std::string context) {
  return std::unexpected<Error>(Error{code, std::move(context)});
}

}  // namespace assayd

#define ASSAYD_CONCAT_INNER(a, b) a##b
#define ASSAYD_CONCAT(a, b) ASSAYD_CONCAT_INNER(a, b)

/// ASSAYD_TRY(auto value, Call()): declares `value` from a successful Result, else returns its
/// error.
#define ASSAYD_TRY(declaration, expression)                                             \
  auto ASSAYD_CONCAT(assayd_result_, __LINE__) = (expression);                          \
  if (!ASSAYD_CONCAT(assayd_result_, __LINE__))                                         \
    return std::unexpected(std::move(ASSAYD_CONCAT(assayd_result_, __LINE__)).error()); \
  declaration = *std::move(ASSAYD_CONCAT(assayd_result_, __LINE__))

/// ASSAYD_CHECK(Call()): returns the error of a failed Result<void>.
#define ASSAYD_CHECK(expression)                                       \
  do {                                                                 \
    if (auto assayd_check_result = (expression); !assayd_check_result) \
      return std::unexpected(std::move(assayd_check_result).error());  \
  } while (false)
