#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "domain/rule.h"

namespace assayd::domain {
namespace {

std::vector<std::string> StringsOf(const Json& json) {
  std::vector<std::string> strings;
  for (const auto& item : json) {
    if (item.is_string()) strings.push_back(item.get<std::string>());
  }
  return strings;
}

}  // namespace

/// Reads one object of a rule. Every mistake becomes a problem with its pointer; parsing goes on,
/// so that an author sees all of them at once.
class Predicate::Parser {
 public:
  Parser(const SettingSchema& schema, std::vector<Problem>& problems)
      : schema_(schema), problems_(problems) {}

  Predicate Parse(const Json& json, const std::string& place, const std::string& context) {
    Predicate predicate;
    if (!json.is_object())
      return Complain(place, "must be an object such as {at: /state, equals: enabled}");
    const OpName* chosen = nullptr;
    for (const auto& [key, value] : json.items()) {
      if (key == "at") continue;
      const auto* const op = FindOp(key);
      if (op == nullptr) return Complain(place + "/" + key, UnknownKey(key));
      if (chosen != nullptr) {
        return Complain(place, fmt::format("has both '{}' and '{}'; combine them with all: [...]",
                                           chosen->name, key));
      }
      chosen = op;
    }
    if (chosen == nullptr) return Complain(place, "has no condition such as equals or some");
    predicate.op_ = chosen->op;
    std::string target = context;
    ParseAt(json, place, *chosen, predicate, target);
    ParseOperand(json.at(std::string(chosen->name)), place + "/" + std::string(chosen->name),
                 target, predicate);
    return predicate;
  }

 private:
  enum class Subject { kNoPointer, kOptionalPointer, kPointer };
  struct OpName {
    std::string_view name;
    Op op;
    Subject subject;
  };
  static constexpr std::array<OpName, 19> kOps{{
      {"any", Op::kAny, Subject::kNoPointer},
      {"all", Op::kAll, Subject::kNoPointer},
      {"none", Op::kNone, Subject::kNoPointer},
      {"not", Op::kNot, Subject::kNoPointer},
      {"some", Op::kSome, Subject::kOptionalPointer},
      {"every", Op::kEvery, Subject::kOptionalPointer},
      {"count", Op::kCount, Subject::kOptionalPointer},
      {"none_present", Op::kNonePresent, Subject::kNoPointer},
      {"only", Op::kOnly, Subject::kOptionalPointer},
      {"equals", Op::kEquals, Subject::kPointer},
      {"in", Op::kIn, Subject::kPointer},
      {"contains", Op::kContains, Subject::kPointer},
      {"subset_of", Op::kSubsetOf, Subject::kPointer},
      {"exists", Op::kExists, Subject::kPointer},
      {"empty", Op::kEmpty, Subject::kPointer},
      {"at_least", Op::kAtLeast, Subject::kPointer},
      {"at_most", Op::kAtMost, Subject::kPointer},
      {"greater_than", Op::kGreaterThan, Subject::kPointer},
      {"less_than", Op::kLessThan, Subject::kPointer},
  }};
  friend class Predicate;

  static const OpName* FindOp(std::string_view name) {
    const auto* const op = std::ranges::find(kOps, name, &OpName::name);
    return op == kOps.end() ? nullptr : op;
  }

  static std::string UnknownKey(const std::string& key) {
    if (key == "setting") return "a setting is named once, above all of its conditions";
    std::vector<std::string> known{"at"};
    for (const auto& op : kOps) known.emplace_back(op.name);
    const auto near = Closest(key, known);
    return fmt::format("unknown condition '{}'{}", key,
                       near ? fmt::format("; did you mean '{}'?", *near) : "");
  }

  Predicate Complain(const std::string& place, std::string message) {
    problems_.push_back({place, std::move(message)});
    return {};
  }

  void ParseAt(const Json& json, const std::string& place, const OpName& op, Predicate& predicate,
               std::string& target) {
    const auto at = json.find("at");
    if (at == json.end()) {
      if (op.subject == Subject::kPointer) {
        Complain(place, fmt::format("'{}' needs at: with a JSON Pointer", op.name));
      }
      return;
    }
    if (op.subject == Subject::kNoPointer) {
      Complain(place + "/at", fmt::format("'{}' takes no pointer", op.name));
      return;
    }
    const auto pointer = PointerOf(*at, place + "/at");
    if (!pointer) return;
    predicate.pointer_ = *pointer;
    target += FormatPointer(*pointer);
    const FieldSpec* const spec = Declared(target, place + "/at");
    // Of other classes the listed values are constants between names, not all there are.
    if (spec != nullptr && spec->field_class == FieldClass::kKeep) {
      predicate.known_values_ = spec->values;
      predicate.expected_ = spec->expected;
    }
  }

  std::optional<JsonPointer> PointerOf(const Json& json, const std::string& place) {
    auto pointer =
        json.is_string() ? ParsePointer(json.get_ref<const std::string&>()) : std::nullopt;
    if (!pointer) Complain(place, "is not a JSON Pointer such as /grantControls/operator");
    return pointer;
  }

  const FieldSpec* Declared(const std::string& pattern, const std::string& place) {
    const FieldSpec* const spec = schema_.Find(pattern);
    if (spec == nullptr) {
      Complain(place, fmt::format("{} is not declared in the schema of {}", pattern, schema_.name));
    } else if (spec->field_class == FieldClass::kSeal || spec->field_class == FieldClass::kDrop) {
      Complain(place, fmt::format("{} is sealed or dropped; a rule cannot read it", pattern));
      return nullptr;
    }
    return spec;
  }

  void ParseOperand(const Json& operand, const std::string& place, const std::string& target,
                    Predicate& predicate) {
    switch (predicate.op_) {
      case Op::kAny:
      case Op::kAll:
      case Op::kNone:
        ParseList(operand, place, target, predicate);
        break;
      case Op::kNot:
        predicate.children_.push_back(Parse(operand, place, target));
        break;
      case Op::kSome:
      case Op::kEvery:
        ParseList(operand, place, target + "/*", predicate);
        break;
      case Op::kCount:
        ParseCount(operand, place, target, predicate);
        break;
      case Op::kNonePresent:
        ParsePointers(operand, place, target, predicate);
        break;
      case Op::kOnly:
        ParseOnly(operand, place, target, predicate);
        break;
      case Op::kExists:
      case Op::kEmpty:
        if (!operand.is_boolean()) Complain(place, "must be true or false");
        predicate.operand_ = std::make_shared<const Json>(operand);
        break;
      default:
        ParseValue(operand, place, target, predicate);
    }
  }

  void ParseList(const Json& operand, const std::string& place, const std::string& context,
                 Predicate& predicate) {
    if (!operand.is_array() || operand.empty()) {
      Complain(place, "must be a list with at least one condition");
      return;
    }
    for (std::size_t i = 0; i < operand.size(); ++i) {
      predicate.children_.push_back(Parse(operand[i], fmt::format("{}/{}", place, i), context));
    }
  }

  void ParseCount(const Json& operand, const std::string& place, const std::string& target,
                  Predicate& predicate) {
    static constexpr std::array<std::string_view, 5> kComparisons{
        "at_least", "at_most", "greater_than", "less_than", "equals"};
    const Json empty = Json::array();
    if (!operand.is_object()) {
      Complain(place, "must be an object such as {where: [...], at_least: 1}");
      return;
    }
    int comparisons = 0;
    for (const auto& [key, value] : operand.items()) {
      if (key == "where") {
        ParseList(value, place + "/where", target + "/*", predicate);
      } else if (std::ranges::find(kComparisons, key) != kComparisons.end() && value.is_number()) {
        ++comparisons;
        predicate.count_op_ = FindOp(key)->op;
        predicate.operand_ = std::make_shared<const Json>(value);
      } else {
        Complain(place + "/" + key, "is not where:, nor a comparison with a number");
      }
    }
    if (comparisons != 1) Complain(place, "needs exactly one of at_least, at_most, equals, …");
  }

  void ParsePointers(const Json& operand, const std::string& place, const std::string& context,
                     Predicate& predicate) {
    if (!operand.is_array() || operand.empty()) {
      Complain(place, "must be a list of JSON Pointers");
      return;
    }
    for (std::size_t i = 0; i < operand.size(); ++i) {
      const std::string item = fmt::format("{}/{}", place, i);
      const auto pointer = PointerOf(operand[i], item);
      if (!pointer) continue;
      Declared(context + FormatPointer(*pointer), item);
      predicate.pointers_.push_back(*pointer);
    }
  }

  void ParseOnly(const Json& operand, const std::string& place, const std::string& target,
                 Predicate& predicate) {
    if (!operand.is_array()) {
      Complain(place, "must be a list of member names");
      return;
    }
    predicate.names_ = StringsOf(operand);
    for (const auto& name : predicate.names_) {
      Declared(target + "/" + EscapePointerToken(name), place);
    }
  }

  void ParseValue(const Json& operand, const std::string& place, const std::string& target,
                  Predicate& predicate) {
    const bool wants_list = predicate.op_ == Op::kIn || predicate.op_ == Op::kSubsetOf;
    const bool wants_number = predicate.op_ == Op::kAtLeast || predicate.op_ == Op::kAtMost ||
                              predicate.op_ == Op::kGreaterThan || predicate.op_ == Op::kLessThan;
    const bool parameter =
        operand.is_string() && operand.get_ref<const std::string&>().starts_with('$');
    if (wants_list && !operand.is_array() && !parameter) Complain(place, "must be a list");
    if (wants_number && !operand.is_number()) Complain(place, "must be a number");
    if (operand.is_object() || operand.is_null()) Complain(place, "must be a value or a list");
    CheckValues(operand, place, predicate);
    const FieldSpec* const spec = schema_.Find(target);
    if (spec != nullptr) {
      CheckType(parameter ? Json::array() : operand, place, *spec, predicate.op_);
    }
    Json canonical = operand;
    if (canonical.is_array()) std::sort(canonical.begin(), canonical.end());
    predicate.operand_ = std::make_shared<const Json>(std::move(canonical));
  }

  /// A comparison with another type is never true.
  void CheckType(const Json& operand, const std::string& place, const FieldSpec& spec, Op op) {
    const bool set = spec.type == FieldType::kStrings || spec.type == FieldType::kFlags;
    const bool listed = set && spec.field_class != FieldClass::kCount;
    if (op == Op::kContains && operand.is_array()) {
      Complain(place, "asks for one member: use subset_of, or one contains for each");
      return;
    }
    const bool of_members = op == Op::kContains || op == Op::kSubsetOf;
    if (of_members && !listed) {
      Complain(place, "asks a single value for its members: use equals or in");
      return;
    }
    if (op == Op::kEquals && listed != operand.is_array()) {
      Complain(place, listed ? "compares a set with one value: use contains, or equals: [...]"
                             : "compares one value with a list: use in");
      return;
    }
    const Json values = operand.is_array() ? operand : Json::array({operand});
    const bool fits =
        std::ranges::all_of(values, [&](const Json& value) { return FitsType(value, spec); });
    if (!fits) Complain(place, "has another type than the field");
  }

  static bool FitsType(const Json& value, const FieldSpec& spec) {
    if (spec.field_class == FieldClass::kCount) return value.is_number();
    switch (spec.type) {
      case FieldType::kBoolean:
        return value.is_boolean();
      case FieldType::kNumber:
      case FieldType::kInteger:
        return value.is_number();
      case FieldType::kScalar:
        return value.is_primitive();
      case FieldType::kObject:
      case FieldType::kList:
        return false;
      default:
        return value.is_string();
    }
  }

  /// A misspelt value would make a rule that never passes.
  void CheckValues(const Json& operand, const std::string& place, const Predicate& predicate) {
    const auto& known = predicate.known_values_;
    if (known.empty()) return;
    std::vector<std::string> used =
        operand.is_array() ? StringsOf(operand) : StringsOf(Json{operand});
    for (const auto& value : used) {
      if (value.starts_with('$') || std::ranges::find(known, value) != known.end()) continue;
      const auto near = Closest(value, known);
      Complain(place, fmt::format("'{}' is no value of this field{}", value,
                                  near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
  }

  const SettingSchema& schema_;
  std::vector<Problem>& problems_;
};

Predicate Predicate::Parse(const Json& json, const std::string& place, const SettingSchema& schema,
                           const std::string& context, std::vector<Problem>& problems) {
  return Parser(schema, problems).Parse(json, place, context);
}

std::string Predicate::Describe() const {
  const auto* const name = std::ranges::find(Parser::kOps, op_, &Parser::OpName::op);
  std::string text;
  if (!pointer_.empty()) text = "at " + FormatPointer(pointer_) + " ";
  text += name->name;
  if (operand_) text += " " + DumpJson(*operand_);
  for (const auto& member : names_) text += " " + member;
  for (const auto& pointer : pointers_) text += " " + FormatPointer(pointer);
  return text;
}

}  // namespace assayd::domain
