#include "base/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace assayd {
namespace {

/// Builds the tree itself, because the library's own builder lets the last of two equal keys win.
class TreeBuilder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit TreeBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() { return Place(nullptr) != nullptr; }
  bool boolean(bool value) { return Place(value) != nullptr; }
  bool number_integer(number_integer_t value) { return Place(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) { return Place(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) { return Place(value) != nullptr; }
  bool string(string_t& value) { return Place(std::move(value)) != nullptr; }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return Open(Json::object()); }
  bool start_array(std::size_t) { return Open(Json::array()); }
  bool end_object() { return open_.pop_back(), true; }
  bool end_array() { return open_.pop_back(), true; }

  bool key(string_t& name) {
    auto& object = open_.back()->get_ref<Json::object_t&>();
    auto [place, fresh] = object.try_emplace(std::move(name));
    if (!fresh) return Refuse(ErrorCode::kMalformed, "duplicate key '" + place->first + "'");
    if (object.size() > limits_.members_max) {
      return Refuse(ErrorCode::kTooLarge,
                    fmt::format("an object of more than {} members", limits_.members_max));
    }
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& problem) {
    if (problem.id == 406) {
      return Refuse(ErrorCode::kMalformed, fmt::format("byte {}: number out of range", position));
    }
    return Refuse(ErrorCode::kMalformed, fmt::format("byte {}: not JSON", position));
  }

  Json root;
  Error error{ErrorCode::kMalformed, "not JSON"};

 private:
  bool Refuse(ErrorCode code, std::string context) {
    error = {code, std::move(context)};
    return false;
  }

  Json* Place(Json value) {
    if (++values_ > limits_.values_max) {
      Refuse(ErrorCode::kTooLarge, fmt::format("more than {} values", limits_.values_max));
      return nullptr;
    }
    if (open_.empty()) return root = std::move(value), &root;
    if (open_.back()->is_array()) {
      return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    }
    *member_ = std::move(value);
    return member_;
  }

  bool Open(Json container) {
    if (open_.size() >= limits_.depth_max) {
      return Refuse(ErrorCode::kTooLarge,
                    fmt::format("nested deeper than {} levels", limits_.depth_max));
    }
    Json* const placed = Place(std::move(container));
    if (placed == nullptr) return false;
    open_.push_back(placed);
    return true;
  }

  const JsonLimits& limits_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;
  std::size_t values_ = 0;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return Fail(ErrorCode::kTooLarge,
                fmt::format("{} bytes, at most {} are read", text.size(), limits.bytes_max));
  }
  if (text.starts_with("\xEF\xBB\xBF")) return Fail(ErrorCode::kMalformed, "byte order mark");
  // The library takes a NUL for the end of the text and would accept what follows unread.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, fmt::format("byte {}: NUL", nul));
  }
  TreeBuilder builder(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    return std::unexpected(std::move(builder.error));
  }
  return std::move(builder.root);
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assayd
