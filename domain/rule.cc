#include "domain/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/assert.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/secure_score.h"

namespace assayd::domain {
namespace {

constexpr std::string_view kProfilesSetting = "securescore/controlProfiles";

LeafResult FromTruth(Truth truth) {
  switch (truth) {
    case Truth::kFalse:
      return {LeafResult::Kind::kFalse, 0, 0};
    case Truth::kTrue:
      return {LeafResult::Kind::kTrue, 0, 0};
    case Truth::kUnknown:
      break;
  }
  return {};
}

/// A number of a document as millionths; nothing when it is missing, negative or absurd.
std::optional<std::uint64_t> Micros(const Json* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  constexpr double kPointsMax = 4'000.0;
  if (!(number >= 0) || number > kPointsMax) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(number * static_cast<double>(kMicrosPerPoint)));
}

std::optional<std::uint64_t> Count(const Json* value) {
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  return value->get<std::uint64_t>();
}

const Json* FindElement(const Json& array, std::string_view key, const std::string& name) {
  if (!array.is_array()) return nullptr;
  const auto found = std::ranges::find_if(array, [&](const Json& element) {
    const auto id = element.find(key);
    return id != element.end() && *id == name;
  });
  return found == array.end() ? nullptr : &*found;
}

const Json* Member(const Json* object, std::string_view name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto member = object->find(name);
  return member == object->end() ? nullptr : &*member;
}

/// The score of a control, with the day of its snapshot: a verdict must not outlive it by 48 hours.
LeafResult ControlScore(const Json& snapshot, const std::string& control) {
  const Json* const scores = Member(&snapshot, "controlScores");
  const Json* const created = Member(&snapshot, "createdDateTime");
  if (scores == nullptr || created == nullptr || !created->is_string()) return {};
  const auto day = ParseTime(created->get_ref<const std::string&>());
  const auto score = Micros(Member(FindElement(*scores, "controlName", control), "score"));
  if (!day || !score || ToMillis(*day) < 0) return {};
  return {LeafResult::Kind::kShare, *score, static_cast<std::uint64_t>(ToMillis(*day))};
}

LeafResult ControlMax(const Json& profiles, const std::string& control) {
  const auto max = Micros(Member(FindElement(profiles, "id", control), "maxScore"));
  if (!max || *max == 0) return {};
  return {LeafResult::Kind::kShare, *max, 0};
}

/// More than there is says that one of the two figures is wrong, and not which.
Verdict Share(std::uint64_t covered, std::uint64_t total) {
  if (covered > total) return {};
  if (covered == total) return {Verdict::Kind::kCredit, 0, 0};
  if (covered == 0) return {Verdict::Kind::kNoCredit, 0, 0};
  const std::uint64_t divisor = std::gcd(covered, total);
  // What no 32-bit fraction holds is halved on both sides: the error is below one in four thousand
  // million, and the same everywhere.
  covered /= divisor, total /= divisor;
  while (total > UINT32_MAX) covered /= 2, total /= 2;
  if (covered == 0) return {Verdict::Kind::kNoCredit, 0, 0};
  return {Verdict::Kind::kPartial, static_cast<std::uint32_t>(covered),
          static_cast<std::uint32_t>(total)};
}

/// Order of merit among known verdicts.
bool Better(const Verdict& a, const Verdict& b) {
  if (a.kind != Verdict::Kind::kPartial || b.kind != Verdict::Kind::kPartial)
    return a.kind > b.kind;
  return static_cast<std::uint64_t>(a.covered) * b.total >
         static_cast<std::uint64_t>(b.covered) * a.total;
}

Truth AsTruth(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::kCredit:
      return Truth::kTrue;
    case Verdict::Kind::kUnknown:
      return Truth::kUnknown;
    default:
      return Truth::kFalse;
  }
}

}  // namespace

std::string_view ToText(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::kUnknown:
      return "unknown";
    case Verdict::Kind::kNoCredit:
      return "no_credit";
    case Verdict::Kind::kPartial:
      return "partial_credit";
    case Verdict::Kind::kCredit:
      return "credit";
  }
  return "unknown";
}

LeafResult RuleLeaf::Evaluate(const Json& document, const RuleParams& params,
                              TraceNode* trace) const {
  LeafResult result;
  switch (kind) {
    case Kind::kPredicate: {
      TraceNode* const inner = trace == nullptr ? nullptr : &trace->children.emplace_back();
      result = FromTruth(predicate.Evaluate(document, params, inner));
      break;
    }
    case Kind::kShare: {
      const auto part = Count(Resolve(document, covered));
      const auto whole = Count(Resolve(document, total));
      if (part && whole && *whole > 0) result = {LeafResult::Kind::kShare, *part, *whole};
      break;
    }
    case Kind::kControlScore:
      result = ControlScore(document, control);
      break;
    case Kind::kControlMax:
      result = ControlMax(document, control);
      break;
  }
  if (trace != nullptr && kind != Kind::kPredicate) {
    trace->value = result.kind == LeafResult::Kind::kUnknown ? "unknown"
                   : kind == Kind::kShare ? fmt::format("{} of {}", result.covered, result.total)
                                          : FormatPoints(static_cast<MicroPoints>(result.covered));
  }
  return result;
}

class Rule::Parser {
 public:
  using Schemas = std::map<std::string, const SettingSchema*, std::less<>>;
  Parser(Schemas schemas, std::vector<Problem>& problems)
      : schemas_(std::move(schemas)), problems_(problems) {}

  Rule Run(const Json& json, const std::string& place) {
    rule_.root_ = Parse(json, place);
    return std::move(rule_);
  }

 private:
  Node Parse(const Json& json, const std::string& place) {
    if (!json.is_object()) return Complain(place, "must be an object such as {any: [...]}");
    if (json.contains("setting")) return ParseLeaf(json, place);
    if (json.size() != 1) {
      return Complain(place, "must have exactly one of any, all, none, not, setting, secure_score");
    }
    const auto member = json.begin();
    const std::string& key = member.key();
    const Json& value = member.value();
    if (key == "secure_score") return ParseSecureScore(value, place + "/secure_score");
    Node node;
    const bool negation = key == "not" || key == "none";
    negations_ += negation ? 1 : 0;
    if (key == "not") {
      node.kind = Node::Kind::kNot;
      node.children.push_back(Parse(value, place + "/not"));
      --negations_;
      return node;
    }
    if (key == "any") {
      node.kind = Node::Kind::kAny;
    } else if (key == "all") {
      node.kind = Node::Kind::kAll;
    } else if (key == "none") {
      node.kind = Node::Kind::kNone;
    } else {
      return Complain(place + "/" + key,
                      fmt::format("unknown combination '{}': use any, all, none, "
                                  "not, setting or secure_score",
                                  key));
    }
    if (!value.is_array() || value.empty()) return Complain(place + "/" + key, "must be a list");
    for (std::size_t i = 0; i < value.size(); ++i) {
      node.children.push_back(Parse(value[i], fmt::format("{}/{}/{}", place, key, i)));
    }
    negations_ -= negation ? 1 : 0;
    return node;
  }

  Node Complain(const std::string& place, std::string message) {
    problems_.push_back({place, std::move(message)});
    return {};
  }

  /// "Not half of it" has no meaning.
  void RefuseNegation(const std::string& place) {
    if (negations_ > 0) Complain(place, "earns partial credit and cannot stand below none or not");
  }

  Node AddLeaf(RuleLeaf leaf) {
    Node node;
    node.kind = Node::Kind::kLeaf;
    node.leaf = rule_.leaves_.size();
    rule_.leaves_.push_back(std::move(leaf));
    return node;
  }

  const SettingSchema* Schema(const Json& name, const std::string& place) {
    if (!name.is_string()) return Complain(place, "must be the name of a setting"), nullptr;
    const auto found = schemas_.find(name.get_ref<const std::string&>());
    if (found != schemas_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [schema_name, schema] : schemas_) known.push_back(schema_name);
    const auto near = Closest(name.get_ref<const std::string&>(), known);
    Complain(place, fmt::format("no source reads the setting '{}'{}", name.get<std::string>(),
                                near ? fmt::format("; did you mean '{}'?", *near) : ""));
    return nullptr;
  }

  Node ParseLeaf(const Json& json, const std::string& place) {
    const SettingSchema* const schema = Schema(json.at("setting"), place + "/setting");
    if (schema == nullptr) return {};
    RuleLeaf leaf;
    leaf.setting = schema->name;
    if (json.contains("share")) return ParseShare(json, place, *schema, std::move(leaf));
    Json condition = json;
    condition.erase("setting");
    leaf.predicate = Predicate::Parse(condition, place, *schema, "", problems_);
    return AddLeaf(std::move(leaf));
  }

  Node ParseShare(const Json& json, const std::string& place, const SettingSchema& schema,
                  RuleLeaf leaf) {
    const Json& share = json.at("share");
    leaf.kind = RuleLeaf::Kind::kShare;
    const bool shape = json.size() == 2 && share.is_object() && share.size() == 2 &&
                       share.contains("covered") && share.contains("total");
    if (!shape) return Complain(place + "/share", "must be {covered: POINTER, total: POINTER}");
    RefuseNegation(place);
    leaf.covered = SharePointer(share.at("covered"), place + "/share/covered", schema);
    leaf.total = SharePointer(share.at("total"), place + "/share/total", schema);
    return AddLeaf(std::move(leaf));
  }

  JsonPointer SharePointer(const Json& json, const std::string& place,
                           const SettingSchema& schema) {
    auto pointer =
        json.is_string() ? ParsePointer(json.get_ref<const std::string&>()) : std::nullopt;
    if (!pointer || schema.Find(FormatPointer(*pointer)) == nullptr) {
      Complain(place, "must be a JSON Pointer that the setting's schema declares");
      return {};
    }
    return *std::move(pointer);
  }

  Node ParseSecureScore(const Json& control, const std::string& place) {
    if (!control.is_string() || control.get_ref<const std::string&>().empty()) {
      return Complain(place, "must be the name of a Secure Score control");
    }
    if (!schemas_.contains(kSnapshotSetting) || !schemas_.contains(kProfilesSetting)) {
      return Complain(place,
                      "needs the settings securescore/snapshot and securescore/controlProfiles");
    }
    RefuseNegation(place);
    rule_.follows_secure_score_ = true;
    RuleLeaf score;
    score.kind = RuleLeaf::Kind::kControlScore;
    score.setting = kSnapshotSetting;
    score.control = control.get<std::string>();
    RuleLeaf max = score;
    max.kind = RuleLeaf::Kind::kControlMax;
    max.setting = kProfilesSetting;
    Node node = AddLeaf(std::move(score));
    node.kind = Node::Kind::kSecureScore;
    AddLeaf(std::move(max));
    return node;
  }

  const Schemas schemas_;
  std::vector<Problem>& problems_;
  int negations_ = 0;
  Rule rule_;
};

Rule Rule::Parse(const Json& json, const std::string& place,
                 const std::map<std::string, SettingSchema, std::less<>>& schemas,
                 std::vector<Problem>& problems) {
  Parser::Schemas known;
  for (const auto& [name, schema] : schemas) known.emplace(name, &schema);
  return Parser(std::move(known), problems).Run(json, place);
}

Rule Rule::Parse(const Json& json, const std::string& place,
                 const std::vector<SettingSchema>& settings, std::vector<Problem>& problems) {
  Parser::Schemas known;
  for (const auto& schema : settings) known.emplace(schema.name, &schema);
  return Parser(std::move(known), problems).Run(json, place);
}

Verdict Rule::Combine(const std::vector<LeafResult>& results, TraceNode* trace) const {
  ASSAYD_ASSERT(results.size() == leaves_.size());
  return CombineNode(root_, results, trace);
}

Verdict Rule::CombineNode(const Node& node, const std::vector<LeafResult>& results,
                          TraceNode* trace) const {
  constexpr Verdict kCredit{Verdict::Kind::kCredit, 0, 0};
  constexpr Verdict kNoCredit{Verdict::Kind::kNoCredit, 0, 0};
  Verdict verdict;
  switch (node.kind) {
    case Node::Kind::kLeaf: {
      const LeafResult& result = results[node.leaf];
      if (result.kind == LeafResult::Kind::kShare) {
        verdict = Share(result.covered, result.total);
      } else if (result.kind != LeafResult::Kind::kUnknown) {
        verdict = result.kind == LeafResult::Kind::kTrue ? kCredit : kNoCredit;
      }
      if (trace != nullptr) trace->what = "setting " + leaves_[node.leaf].setting;
      break;
    }
    case Node::Kind::kSecureScore: {
      const LeafResult& score = results[node.leaf];
      const LeafResult& max = results[node.leaf + 1];
      if (score.kind == LeafResult::Kind::kShare && max.kind == LeafResult::Kind::kShare) {
        verdict = Share(score.covered, max.covered);
      }
      if (trace != nullptr) trace->what = "secure_score " + leaves_[node.leaf].control;
      break;
    }
    default: {
      const bool all = node.kind == Node::Kind::kAll || node.kind == Node::Kind::kNot;
      bool unknown = false;
      verdict = all ? kCredit : kNoCredit;
      for (const Node& child : node.children) {
        TraceNode* const child_trace = trace == nullptr ? nullptr : &trace->children.emplace_back();
        const Verdict part = CombineNode(child, results, child_trace);
        if (part.kind == Verdict::Kind::kUnknown) {
          unknown = true;
        } else if (all ? Better(verdict, part) : Better(part, verdict)) {
          verdict = part;
        }
      }
      // One known part that decides makes the rest irrelevant.
      const bool decided =
          verdict.kind == (all ? Verdict::Kind::kNoCredit : Verdict::Kind::kCredit);
      if (unknown && !decided) verdict = {};
      const bool negated = node.kind == Node::Kind::kNone || node.kind == Node::Kind::kNot;
      if (negated && verdict.kind != Verdict::Kind::kUnknown) {
        verdict = AsTruth(verdict) == Truth::kTrue ? kNoCredit : kCredit;
      }
      if (trace != nullptr) {
        static constexpr std::string_view kNames[] = {"any", "all", "none", "not"};
        trace->what = kNames[static_cast<std::size_t>(node.kind)];
      }
    }
  }
  if (trace != nullptr) trace->truth = AsTruth(verdict);
  return verdict;
}

}  // namespace assayd::domain
