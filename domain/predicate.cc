#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "domain/document.h"
#include "domain/rule.h"

namespace assayd::domain {
namespace {

Truth FromBool(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

Truth Not(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

/// Kleene's "or" over what comes: true if one is, else unknown if one is, else false.
class AnyOf {
 public:
  void Add(Truth truth) { truth_ = std::max(truth_, truth); }
  [[nodiscard]] Truth truth() const { return truth_; }

 private:
  Truth truth_ = Truth::kFalse;
};

class AllOf {
 public:
  void Add(Truth truth) { truth_ = std::min(truth_, truth); }
  [[nodiscard]] Truth truth() const { return truth_; }

 private:
  Truth truth_ = Truth::kTrue;
};

std::string Brief(const Json* value) {
  if (value == nullptr) return "missing";
  std::string text = DumpJson(*value);
  constexpr std::size_t kBriefMax = 160;
  if (text.size() <= kBriefMax) return text;
  std::size_t end = kBriefMax;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

/// The operand with a parameter put in its place. Arrays are sorted, as documents' sets are.
Json Substitute(const Json& operand, const RuleParams& params) {
  if (!operand.is_string()) return operand;
  const auto& text = operand.get_ref<const std::string&>();
  if (!text.starts_with('$')) return operand;
  const auto param = params.find(text.substr(1));
  if (param == params.end()) return Json::array();
  std::vector<std::string> values = param->second;
  std::ranges::sort(values);
  return values;
}

bool Contains(const Json& array, const Json& item) {
  return array.is_array() && std::ranges::find(array, item) != array.end();
}

}  // namespace

std::string_view ToText(Truth truth) {
  switch (truth) {
    case Truth::kFalse:
      return "false";
    case Truth::kUnknown:
      return "unknown";
    case Truth::kTrue:
      return "true";
  }
  return "unknown";
}

Truth Predicate::Evaluate(const Json& value, const RuleParams& params, TraceNode* trace,
                          const std::string& at) const {
  const Json* const target = pointer_.empty() ? &value : Resolve(value, pointer_);
  const std::string place = trace == nullptr ? std::string() : at + FormatPointer(pointer_);
  if (trace != nullptr) trace->what = Describe();
  Truth truth = Truth::kUnknown;
  switch (op_) {
    case Op::kAny:
    case Op::kAll:
    case Op::kNone:
    case Op::kNot:
      truth = EvaluateGroup(value, params, trace, at);
      break;
    case Op::kSome:
    case Op::kEvery:
    case Op::kCount:
      truth = EvaluateElements(target, params, trace, place);
      break;
    case Op::kNonePresent:
      truth = EvaluateNonePresent(value);
      break;
    case Op::kOnly:
      truth = EvaluateOnly(target);
      break;
    default:
      truth = EvaluateComparison(target, params);
  }
  if (trace != nullptr) {
    trace->truth = truth;
    if (trace->children.empty()) {
      trace->pointer = place;
      if (op_ != Op::kNonePresent) trace->value = Brief(target);
    }
  }
  return truth;
}

Truth Predicate::EvaluateGroup(const Json& value, const RuleParams& params, TraceNode* trace,
                               const std::string& at) const {
  AnyOf any;
  AllOf all;
  for (const auto& child : children_) {
    TraceNode* const child_trace = trace == nullptr ? nullptr : &trace->children.emplace_back();
    const Truth truth = child.Evaluate(value, params, child_trace, at);
    any.Add(truth);
    all.Add(truth);
  }
  switch (op_) {
    case Op::kAny:
      return any.truth();
    case Op::kNone:
      return Not(any.truth());
    case Op::kNot:
      return Not(all.truth());
    default:
      return all.truth();
  }
}

/// All conditions on one and the same element.
Truth Predicate::Hold(const Json& element, const RuleParams& params, TraceNode* trace,
                      const std::string& at) const {
  AllOf all;
  for (const auto& child : children_) {
    TraceNode* const child_trace = trace == nullptr ? nullptr : &trace->children.emplace_back();
    all.Add(child.Evaluate(element, params, child_trace, at));
    if (all.truth() == Truth::kFalse && trace == nullptr) break;
  }
  return all.truth();
}

Truth Predicate::EvaluateElements(const Json* array, const RuleParams& params, TraceNode* trace,
                                  const std::string& at) const {
  static const Json kNothing = Json::array();
  if (array == nullptr || array->is_null()) array = &kNothing;
  if (IsUnlisted(*array) || !array->is_array()) return Truth::kUnknown;
  AnyOf any;
  AllOf all;
  std::int64_t certain = 0;
  std::int64_t possible = 0;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Json& element = (*array)[i];
    TraceNode* child = nullptr;
    if (trace != nullptr) {
      child = &trace->children.emplace_back();
      child->what = fmt::format("element {}", i);
      child->pointer = fmt::format("{}/{}", at, i);
      if (element.is_object() && element.contains("displayName"))
        child->value = Brief(&element["displayName"]);
    }
    const Truth truth = Hold(element, params, child, fmt::format("{}/{}", at, i));
    if (child != nullptr) child->truth = truth;
    any.Add(truth);
    all.Add(truth);
    certain += truth == Truth::kTrue ? 1 : 0;
    possible += truth != Truth::kFalse ? 1 : 0;
  }
  if (op_ == Op::kSome) return any.truth();
  if (op_ == Op::kEvery) return all.truth();
  const auto compare = [&](std::int64_t count) {
    const double bound = operand_->get<double>();
    const auto number = static_cast<double>(count);
    switch (count_op_) {
      case Op::kAtMost:
        return number <= bound;
      case Op::kGreaterThan:
        return number > bound;
      case Op::kLessThan:
        return number < bound;
      case Op::kEquals:
        return number == bound;
      default:
        return number >= bound;
    }
  };
  // Elements that could not be decided may or may not count: only if both ends of the range agree,
  // and for equality the range is one number, is the answer known.
  const bool low = compare(certain);
  const bool high = compare(possible);
  if (certain == possible) return FromBool(low);
  return low == high && count_op_ != Op::kEquals ? FromBool(low) : Truth::kUnknown;
}

Truth Predicate::EvaluateNonePresent(const Json& value) const {
  AllOf all;
  for (const auto& pointer : pointers_) {
    const Json* const found = Resolve(value, pointer);
    if (found == nullptr) continue;
    all.Add(IsUnlisted(*found) ? Truth::kUnknown : FromBool(IsEmptyValue(*found)));
  }
  return all.truth();
}

/// A listed member that is not allowed decides; an unlisted one may restrict or may not.
Truth Predicate::EvaluateOnly(const Json* value) const {
  if (value == nullptr || value->is_null()) return Truth::kTrue;
  if (!value->is_object() || IsUnlisted(*value)) return Truth::kUnknown;
  AllOf all;
  for (const auto& [name, member] : value->items()) {
    if (std::ranges::find(names_, name) != names_.end() || IsEmptyValue(member)) continue;
    all.Add(IsUnlisted(member) ? Truth::kUnknown : Truth::kFalse);
  }
  return all.truth();
}

Truth Predicate::EvaluateComparison(const Json* value, const RuleParams& params) const {
  const bool present = value != nullptr && !value->is_null();
  if (!present && expected_) return Truth::kUnknown;
  if (op_ == Op::kExists) return FromBool(present == operand_->get<bool>());
  if (op_ == Op::kEmpty) {
    if (present && IsUnlisted(*value)) return Truth::kUnknown;
    return FromBool((!present || IsEmptyValue(*value)) == operand_->get<bool>());
  }
  const Json operand = Substitute(*operand_, params);
  if (!present) return FromBool(op_ == Op::kSubsetOf);
  if (IsUnlisted(*value)) return Truth::kUnknown;
  const auto is_foreign = [&](const Json& item) {
    return item.is_string() &&
           std::ranges::find(known_values_, item.get_ref<const std::string&>()) ==
               known_values_.end();
  };
  if (!known_values_.empty() &&
      (is_foreign(*value) || (value->is_array() && std::ranges::any_of(*value, is_foreign)))) {
    return Truth::kUnknown;
  }
  switch (op_) {
    case Op::kEquals:
      return FromBool(*value == operand);
    case Op::kIn:
      return FromBool(Contains(operand, *value));
    case Op::kContains:
      return FromBool(Contains(*value, operand));
    case Op::kSubsetOf:
      return FromBool(value->is_array() && std::ranges::all_of(*value, [&](const Json& item) {
                        return Contains(operand, item);
                      }));
    default:
      break;
  }
  if (!value->is_number()) return Truth::kUnknown;
  const double left = value->get<double>();
  const double right = operand.get<double>();
  switch (op_) {
    case Op::kAtLeast:
      return FromBool(left >= right);
    case Op::kAtMost:
      return FromBool(left <= right);
    case Op::kGreaterThan:
      return FromBool(left > right);
    default:
      return FromBool(left < right);
  }
}

}  // namespace assayd::domain
