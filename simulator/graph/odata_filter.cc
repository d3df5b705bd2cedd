#include "simulator/graph/odata_filter.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kWordsMax = 100;

struct Word {
  std::string text;
  bool is_quoted = false;
};

// A quote is written twice inside quotes.
std::optional<Word> TakeQuoted(std::string_view& text) {
  Word word{.is_quoted = true};
  text.remove_prefix(1);
  while (!text.empty()) {
    if (text.starts_with("''")) {
      word.text += '\'';
      text.remove_prefix(2);
    } else if (text.front() == '\'') {
      text.remove_prefix(1);
      return word;
    } else {
      word.text += text.front();
      text.remove_prefix(1);
    }
  }
  return std::nullopt;
}

std::optional<std::vector<Word>> SplitWords(std::string_view text) {
  std::vector<Word> words;
  for (text = Trim(text); !text.empty(); text = Trim(text)) {
    if (words.size() == kWordsMax) return std::nullopt;
    if (text.front() == '\'') {
      auto word = TakeQuoted(text);
      if (!word) return std::nullopt;
      words.push_back(*std::move(word));
    } else {
      const auto end = std::min(text.find(' '), text.size());
      words.push_back({std::string(text.substr(0, end))});
      text.remove_prefix(end);
    }
  }
  return words;
}

bool IsOperator(std::string_view word) {
  constexpr std::array kOperators = {"eq", "ne", "gt", "ge", "lt", "le"};
  return std::ranges::any_of(kOperators, [&](const char* known) { return word == known; });
}

template <class Value>
bool Compare(const std::string& op, const Value& left, const Value& right) {
  if (op == "eq") return left == right;
  if (op == "ne") return left != right;
  if (op == "gt") return left > right;
  if (op == "ge") return left >= right;
  return op == "lt" ? left < right : left <= right;
}

}  // namespace

Result<ODataFilter> ODataFilter::Parse(std::string_view text,
                                       const std::vector<std::string_view>& properties) {
  const auto words = SplitWords(text);
  if (!words || words->empty()) {
    return Fail(ErrorCode::kInvalidArgument, "Invalid filter clause");
  }
  ODataFilter filter;
  for (std::size_t i = 0; i < words->size(); i += 4) {
    if (words->size() - i < 3 || !IsOperator((*words)[i + 1].text)) {
      return Fail(ErrorCode::kInvalidArgument, "Invalid filter clause");
    }
    if (words->size() - i > 3 && ((*words)[i + 3].text != "and" || words->size() - i == 4)) {
      return Fail(ErrorCode::kInvalidArgument, "Invalid filter clause");
    }
    const auto& property = (*words)[i].text;
    if (std::ranges::find(properties, property) == properties.end()) {
      return Fail(ErrorCode::kNotFound, "Filtering by property '" +
                                            EscapeForLine(property.substr(0, 100)) +
                                            "' is not supported");
    }
    Comparison comparison{
        .op = (*words)[i + 1].text,
        .literal = (*words)[i + 2].text,
        .is_text = (*words)[i + 2].is_quoted,
    };
    for (const auto step : Split(property, '/')) comparison.path.emplace_back(step);
    if (!comparison.is_text && comparison.literal != "true" && comparison.literal != "false" &&
        !ParseTime(comparison.literal)) {
      return Fail(ErrorCode::kInvalidArgument, "Invalid filter clause");
    }
    filter.comparisons_.push_back(std::move(comparison));
  }
  return filter;
}

bool ODataFilter::Matches(const Json& item) const {
  return std::ranges::all_of(comparisons_,
                             [&](const auto& comparison) { return Holds(comparison, item); });
}

bool ODataFilter::Holds(const Comparison& comparison, const Json& item) {
  const Json* at = &item;
  for (const auto& step : comparison.path) {
    if (!at->is_object()) return false;
    const auto found = at->find(step);
    if (found == at->end()) return false;
    at = &*found;
  }
  if (at->is_boolean()) {
    return Compare(comparison.op, at->get<bool>(), comparison.literal == "true");
  }
  if (!at->is_string()) return false;
  const auto& text = at->get_ref<const std::string&>();
  if (comparison.is_text) return Compare(comparison.op, text, comparison.literal);
  const auto left = ParseTime(text);
  const auto right = ParseTime(comparison.literal);
  return left && right && Compare(comparison.op, *left, *right);
}

}  // namespace assayd::simulator
