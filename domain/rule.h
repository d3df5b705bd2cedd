#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "domain/json_pointer.h"
#include "domain/payloads.h"
#include "domain/setting_schema.h"

/// Credit rules: when an action's telemetry is passed, said as data (docs/rules.md). Three-valued
/// after Kleene: what is not known stays unknown unless the known parts decide.
namespace assayd::domain {

/// Something wrong in a catalogue, at a pointer into its JSON form, with the way out.
struct Problem {
  std::string pointer;
  std::string message;
};

enum class Truth : std::uint8_t { kFalse, kUnknown, kTrue };
std::string_view ToText(Truth truth);

/// Values of a rule's parameters: "allowed_exclusions" → object ids.
using RuleParams = std::map<std::string, std::vector<std::string>, std::less<>>;

/// How a result came about, for `rule test` and explain.
struct TraceNode {
  std::string what;     ///< "at /state equals \"enabled\""
  std::string pointer;  ///< absolute in the document; empty for combinations
  std::string value;    ///< what stood there, as JSON text; empty for combinations
  Truth truth = Truth::kUnknown;
  std::vector<TraceNode> children;
};

/// A condition on one document, or on a part of it.
class Predicate {
 public:
  /// Parses the members of `json` other than those in `reserved`, checking every pointer against
  /// the schema below `context` ("" or "/*"). Problems are appended; the result is then unusable.
  static Predicate Parse(const Json& json, const std::string& place, const SettingSchema& schema,
                         const std::string& context, std::vector<Problem>& problems);

  [[nodiscard]] Truth Evaluate(const Json& value, const RuleParams& params,
                               TraceNode* trace = nullptr, const std::string& at = "") const;

 private:
  enum class Op : std::uint8_t {
    kAny,
    kAll,
    kNone,
    kNot,
    kSome,
    kEvery,
    kCount,
    kNonePresent,
    kOnly,
    kEquals,
    kIn,
    kContains,
    kSubsetOf,
    kExists,
    kEmpty,
    kAtLeast,
    kAtMost,
    kGreaterThan,
    kLessThan,
  };
  class Parser;

  [[nodiscard]] Truth EvaluateGroup(const Json& value, const RuleParams& params, TraceNode* trace,
                                    const std::string& at) const;
  [[nodiscard]] Truth EvaluateElements(const Json* array, const RuleParams& params,
                                       TraceNode* trace, const std::string& at) const;
  [[nodiscard]] Truth EvaluateNonePresent(const Json& value) const;
  [[nodiscard]] Truth EvaluateOnly(const Json* value) const;
  [[nodiscard]] Truth EvaluateComparison(const Json* value, const RuleParams& params) const;
  [[nodiscard]] Truth Hold(const Json& element, const RuleParams& params, TraceNode* trace,
                           const std::string& at) const;
  [[nodiscard]] std::string Describe() const;

  Op op_ = Op::kAll;
  JsonPointer pointer_;
  /// Canonical: arrays sorted; "$name" for a parameter. Shared by the copies of a rule, never
  /// changed.
  std::shared_ptr<const Json> operand_;
  std::vector<std::string> names_;     ///< of kOnly
  std::vector<JsonPointer> pointers_;  ///< of kNonePresent
  std::vector<Predicate> children_;
  std::vector<std::string> known_values_;  ///< of the field; others are unknown, not false
  bool expected_ = false;                  ///< the field is always sent: missing is unknown
  Op count_op_ = Op::kAtLeast;
};

/// The part of a rule that reads one setting. Its result is stored with the setting.
struct RuleLeaf {
  enum class Kind : std::uint8_t { kPredicate, kShare, kControlScore, kControlMax };
  Kind kind = Kind::kPredicate;
  std::string setting;
  std::string control;  ///< kControlScore, kControlMax
  Predicate predicate;  ///< kPredicate
  JsonPointer covered;  ///< kShare
  JsonPointer total;

  [[nodiscard]] LeafResult Evaluate(const Json& document, const RuleParams& params,
                                    TraceNode* trace = nullptr) const;
};

/// What a rule says of an action.
struct Verdict {
  enum class Kind : std::uint8_t { kUnknown, kNoCredit, kPartial, kCredit };
  Kind kind = Kind::kUnknown;
  std::uint32_t covered = 0;  ///< kPartial: in lowest terms
  std::uint32_t total = 0;
  bool operator==(const Verdict&) const = default;
};
std::string_view ToText(Verdict::Kind kind);

/// A whole rule: leaves, and how they combine.
class Rule {
 public:
  /// Parses `passes_when`. Settings are looked up in `schemas`; unknown ones are a problem.
  static Rule Parse(const Json& json, const std::string& place,
                    const std::map<std::string, SettingSchema, std::less<>>& schemas,
                    std::vector<Problem>& problems);
  /// The same for the settings of a catalogue that runs.
  static Rule Parse(const Json& json, const std::string& place,
                    const std::vector<SettingSchema>& settings, std::vector<Problem>& problems);

  [[nodiscard]] const std::vector<RuleLeaf>& leaves() const { return leaves_; }
  /// True when the rule follows a Secure Score control: it then fails with medium risk.
  [[nodiscard]] bool follows_secure_score() const { return follows_secure_score_; }

  /// Combines one result per leaf, in the order of leaves(). Unknown results are kUnknown.
  [[nodiscard]] Verdict Combine(const std::vector<LeafResult>& results,
                                TraceNode* trace = nullptr) const;

 private:
  struct Node {
    enum class Kind : std::uint8_t { kAny, kAll, kNone, kNot, kLeaf, kSecureScore };
    Kind kind = Kind::kAll;
    std::vector<Node> children;
    std::size_t leaf = 0;  ///< of kSecureScore: the score; the maximum follows
  };
  class Parser;
  Verdict CombineNode(const Node& node, const std::vector<LeafResult>& results,
                      TraceNode* trace) const;

  Node root_;
  std::vector<RuleLeaf> leaves_;
  bool follows_secure_score_ = false;
};

}  // namespace assayd::domain
