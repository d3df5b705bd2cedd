#include "simulator/graph/odata_query.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/text.h"

namespace assayd::simulator {
namespace {

std::optional<std::size_t> ParseCount(std::string_view text) {
  constexpr std::size_t kDigitsMax = 9;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.size() > kDigitsMax) {
    return std::nullopt;
  }
  return number;
}

std::unexpected<Error> Bad(std::string sentence) {
  return Fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

Result<std::size_t> ReadCount(const http::Field& option) {
  const auto number = ParseCount(option.value);
  if (number) return *number;
  return Bad("Invalid value '" + EscapeForLine(option.value.substr(0, 40)) + "' for " +
             option.name + " query option found. The " + option.name +
             " query option requires a non-negative integer value.");
}

std::string TokenText(std::string_view resource, std::size_t offset) {
  const auto text = std::string(resource) + ":" + std::to_string(offset);
  const auto seal = HashOf("skiptoken of " + text);
  return text + ":" + ToHex(std::span(seal).first(8));
}

Result<std::size_t> ReadSkipToken(const std::string& token, std::string_view resource) {
  const auto bytes = FromBase64Url(token);
  if (bytes) {
    const std::string text(bytes->begin(), bytes->end());
    const auto parts = Split(text, ':');
    const auto offset = parts.size() == 3 ? ParseCount(parts[1]) : std::nullopt;
    if (offset && text == TokenText(resource, *offset)) return *offset;
  }
  return Bad("Skip token is null, expired or not valid for this request.");
}

Result<> ReadOption(const http::Field& option, std::string_view resource, ODataQuery& query) {
  const auto name = std::string_view(option.name).substr(1);
  if (name == "top") {
    ASSAYD_TRY(query.top, ReadCount(option));
  } else if (name == "skip") {
    ASSAYD_TRY(query.skip, ReadCount(option));
  } else if (name == "skiptoken") {
    ASSAYD_TRY(query.skip, ReadSkipToken(option.value, resource));
  } else if (name == "filter") {
    query.filter = option.value;
  } else if (name == "orderby") {
    query.order_by = option.value;
  } else if (name == "count") {
    query.count = option.value == "true";
  } else {
    for (const auto property : Split(option.value, ',')) query.select.emplace_back(Trim(property));
  }
  return {};
}

// What RFC 3986 leaves alone in a query, less what separates its parts.
std::string EncodeQueryValue(std::string_view text) {
  constexpr std::string_view kPlain = "-._~!*'():@/,$";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter || (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded.append(1, '%').append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return encoded;
}

}  // namespace

Result<ODataQuery> ReadODataQuery(const http::Request& request, std::string_view resource,
                                  const std::vector<std::string_view>& options) {
  ODataQuery query;
  for (const auto& option : request.query) {
    if (!option.name.starts_with('$')) continue;
    const auto name = std::string_view(option.name).substr(1);
    if (std::ranges::find(options, name) == options.end()) {
      return Bad("Query option '" + EscapeForLine(option.name.substr(0, 40)) +
                 "' is not allowed. To allow it, set the 'AllowedQueryOptions' property on "
                 "EnableQueryAttribute or QueryValidationSettings.");
    }
    ASSAYD_CHECK(ReadOption(option, resource, query));
  }
  return query;
}

std::string MakeSkipToken(std::string_view resource, std::size_t offset) {
  return ToBase64Url(AsBytes(TokenText(resource, offset)));
}

std::string NextLink(const http::Request& request, const std::string& origin, std::string_view name,
                     const std::string& value) {
  std::string link = origin + request.raw_path;
  char separator = '?';
  const auto add = [&](std::string_view key, std::string_view text) {
    link.append(1, separator).append(EncodeQueryValue(key)).append("=");
    link.append(EncodeQueryValue(text));
    separator = '&';
  };
  for (const auto& option : request.query) {
    const bool is_position =
        option.name == "$skip" || option.name == "$skiptoken" || option.name == name;
    if (!is_position) add(option.name, option.value);
  }
  add(name, value);
  return link;
}

}  // namespace assayd::simulator
