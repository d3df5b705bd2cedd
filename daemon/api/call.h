#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/api/identity.h"
#include "daemon/api/problem.h"
#include "http/server.h"

namespace assayd::daemon {

/// Whether a question is still worth its cost: an error once its time is over or nobody waits for
/// the answer. Safe from every thread.
using GoOn = std::function<Result<>()>;

/// One call of the API: the request, who asks, and the parts of its path.
struct Call {
  const http::Request& request;
  Identity identity;
  std::map<std::string, std::string, std::less<>> path;  ///< "tenant" → "contoso"
  TimePoint now;
  GoOn go_on;  ///< to be asked now and then by whatever takes long
  /// Of a stream: whether the same identity would be let in now, with the same rights. Outlives the
  /// call; safe from every thread.
  std::function<bool()> still_admitted{};

  [[nodiscard]] const std::string& Path(std::string_view name) const {
    return path.find(name)->second;
  }
};

/// A handler answers with JSON, or says what is wrong.
template <class T = http::Response>
using Reply = std::expected<T, Problem>;

inline std::unexpected<Problem> Refuse(Problem problem) {
  return std::unexpected<Problem>(std::move(problem));
}
inline std::unexpected<Problem> Refuse(const Error& error) { return Refuse(ProblemOf(error)); }
/// 400 that names a query parameter.
std::unexpected<Problem> RefuseQuery(std::string_view parameter, std::string detail);
/// 400 that names a header.
std::unexpected<Problem> RefuseHeader(std::string_view header, std::string detail);
/// 404 without telling whether it exists for somebody else.
std::unexpected<Problem> RefuseUnknown(std::string_view what);

/// Query parameters, checked: unknown ones are refused with what was probably meant.
class Query {
 public:
  /// `known` are the parameters that the route has.
  static Reply<Query> Read(const http::Request& request, const std::vector<std::string>& known);

  [[nodiscard]] std::optional<std::string> Text(std::string_view name) const;
  [[nodiscard]] Reply<std::optional<TimePoint>> Time(std::string_view name) const;
  [[nodiscard]] Reply<std::optional<std::uint64_t>> Number(std::string_view name) const;
  /// 1…1000, 100 by default.
  [[nodiscard]] Reply<std::size_t> Limit() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Opaque cursors: a position behind a mark, so that nobody counts with it.
std::string EncodeCursor(std::uint64_t position);
std::optional<std::uint64_t> DecodeCursor(std::string_view cursor);
/// ?after= of a list by UUID, whose cursor is the last one's text; empty for its beginning.
Reply<std::string> UuidCursor(const Query& query);

}  // namespace assayd::daemon

#define ASSAYD_REPLY_TRY(declaration, expression)                                               \
  auto ASSAYD_CONCAT(assayd_reply_, __LINE__) = (expression);                                   \
  if (!ASSAYD_CONCAT(assayd_reply_, __LINE__))                                                  \
    return ::assayd::daemon::Refuse(std::move(ASSAYD_CONCAT(assayd_reply_, __LINE__)).error()); \
  declaration = *std::move(ASSAYD_CONCAT(assayd_reply_, __LINE__))
