#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "base/text.h"
#include "base/time_text.h"
#include "domain/catalogue.h"
#include "domain/ids.h"

namespace assayd::domain {
namespace {

constexpr std::uint64_t kFormat = 1;

/// Reads members of one object; what is left over at the end is an unknown key.
class Members {
 public:
  Members(const Json& object, std::string place, std::vector<Problem>& problems)
      : object_(object), place_(std::move(place)), problems_(problems) {
    if (!object_.is_object()) Complain("", "must be an object");
  }

  const Json* Find(const std::string& key) {
    known_.push_back(key);
    if (!object_.is_object()) return nullptr;
    const auto member = object_.find(key);
    return member == object_.end() || member->is_null() ? nullptr : &*member;
  }

  std::string Text(const std::string& key, bool required) {
    const Json* const value = Find(key);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    if (value != nullptr) Complain(key, "must be text");
    if (value == nullptr && required) Complain("", fmt::format("'{}' is missing", key));
    return {};
  }

  std::string Name(const std::string& key) {
    std::string name = Text(key, true);
    if (!name.empty() && !IsName(name)) {
      Complain(key, "may hold letters, digits and . _ : / - only, at most 200");
    }
    return name;
  }

  std::vector<std::string> Texts(const std::string& key) {
    const Json* const value = Find(key);
    std::vector<std::string> texts;
    if (value == nullptr) return texts;
    if (!value->is_array()) return Complain(key, "must be a list of texts"), texts;
    for (const auto& item : *value) {
      if (!item.is_string()) return Complain(key, "must be a list of texts"), texts;
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }

  bool Flag(const std::string& key) {
    const Json* const value = Find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return Complain(key, "must be true or false"), false;
    return value->get<bool>();
  }

  std::uint64_t Number(const std::string& key) {
    const Json* const value = Find(key);
    if (value != nullptr && value->is_number_integer() && value->get<std::int64_t>() >= 0) {
      return value->get<std::uint64_t>();
    }
    Complain(value == nullptr ? "" : key, fmt::format("'{}' must be a whole number", key));
    return 0;
  }

  std::optional<Milliseconds> Duration(const std::string& key) {
    const Json* const value = Find(key);
    if (value == nullptr) return std::nullopt;
    const auto duration = value->is_string()
                              ? ParseDuration(value->get_ref<const std::string&>())
                              : Result<Milliseconds>(Fail(ErrorCode::kMalformed, ""));
    if (!duration || duration->count() == 0) {
      Complain(key, "must be a duration such as 15m or 2h");
      return std::nullopt;
    }
    return *duration;
  }

  template <class Enum>
  Enum Choice(const std::string& key, std::span<const std::string_view> texts, Enum missing,
              bool required) {
    const std::string text = Text(key, required);
    if (text.empty()) return missing;
    const auto found = std::ranges::find(texts, text);
    if (found != texts.end()) return static_cast<Enum>(found - texts.begin());
    Complain(key, fmt::format("'{}' is none of {}", text, fmt::join(texts, ", ")));
    return missing;
  }

  void Complain(const std::string& key, std::string message) {
    problems_.push_back(
        {key.empty() ? place_ : place_ + "/" + EscapePointerToken(key), std::move(message)});
  }

  void RefuseOthers() {
    if (!object_.is_object()) return;
    for (const auto& [key, value] : object_.items()) {
      if (std::ranges::find(known_, key) != known_.end()) continue;
      const auto near = Closest(key, known_);
      Complain(key, fmt::format("unknown key '{}'{}", key,
                                near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
  }

  [[nodiscard]] std::string Place(const std::string& key) const { return place_ + "/" + key; }

 private:
  const Json& object_;
  const std::string place_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;
};

constexpr std::string_view kActionTypes[] = {"technical", "documentation", "operational"};
constexpr std::string_view kPurposes[] = {"preventative", "detective", "corrective"};
constexpr std::string_view kEnforcements[] = {"mandatory", "discretionary"};
constexpr std::string_view kManagers[] = {"customer", "microsoft"};
constexpr std::string_view kRelations[] = {"direct", "indirect"};
constexpr std::string_view kShapes[] = {"object", "array"};
constexpr std::string_view kClasses[] = {"keep", "count", "pseudonym", "seal", "drop"};
constexpr std::string_view kTypes[] = {"boolean", "string", "number", "integer", "time",
                                       "strings", "scalar", "object", "flags",   "list"};
constexpr std::string_view kCategories[] = {"control_access",          "manage_devices",
                                            "protect_against_threats", "protect_information",
                                            "govern_information",      "discover_and_respond"};
constexpr std::string_view kSecureScoreCategories[] = {"identity", "data", "device", "apps",
                                                       "infrastructure"};

}  // namespace

class Catalogue::Parser {
 public:
  Parser(const Json& document, std::vector<Problem>& problems)
      : document_(document), problems_(problems) {}

  std::shared_ptr<Catalogue> Run() {
    Members top(document_, "", problems_);
    if (top.Number("format") != kFormat) top.Complain("format", "must be 1");
    catalogue_->version = top.Number("version");
    catalogue_->title = top.Text("title", true);
    Each(top.Find("settings"), "/settings",
         [&](const Json& json, const std::string& place) { ParseSetting(json, place); });
    Each(top.Find("actions"), "/actions",
         [&](const Json& json, const std::string& place) { ParseAction(json, place); });
    SortActions();
    Each(top.Find("templates"), "/templates",
         [&](const Json& json, const std::string& place) { ParseTemplate(json, place); });
    std::ranges::sort(catalogue_->templates, {}, &Template::id);
    catalogue_->default_templates = top.Texts("default_templates");
    CheckDefaults();
    top.RefuseOthers();
    for (auto& [name, schema] : schemas_) catalogue_->settings.push_back(std::move(schema));
    return catalogue_;
  }

 private:
  template <class Visit>
  void Each(const Json* list, const std::string& place, Visit visit) {
    if (list == nullptr) return;
    if (!list->is_array()) return problems_.push_back({place, "must be a list"});
    for (std::size_t i = 0; i < list->size(); ++i)
      visit((*list)[i], fmt::format("{}/{}", place, i));
  }

  void ParseSetting(const Json& json, const std::string& place) {
    Members members(json, place, problems_);
    SettingSchema schema;
    schema.sha256 = HashOf(DumpJson(json));
    schema.name = members.Name("name");
    schema.source = members.Name("source");
    schema.shape = members.Choice("shape", kShapes, SettingSchema::Shape::kObject, false);
    schema.identity = members.Text("identity", false);
    schema.interval = members.Duration("interval").value_or(Milliseconds(0));
    if (schema.interval.count() == 0) members.Complain("", "'interval' is missing");
    schema.permission = members.Text("permission", true);
    schema.revert = members.Text("revert", false);
    schema.audit_source = members.Text("audit_source", false);
    schema.activities = members.Texts("activities");
    if (const Json* const fields = members.Find("fields");
        fields != nullptr && fields->is_object()) {
      for (const auto& [pattern, spec] : fields->items()) {
        ParseField(spec, pattern, members.Place("fields") + "/" + EscapePointerToken(pattern),
                   schema);
      }
    } else {
      members.Complain("", "'fields' is missing");
    }
    members.RefuseOthers();
    if (schemas_.contains(schema.name)) members.Complain("name", "is there twice");
    schemas_.emplace(schema.name, std::move(schema));
  }

  void ParseField(const Json& json, const std::string& pattern, const std::string& place,
                  SettingSchema& schema) {
    Members members(json, place, problems_);
    FieldSpec spec;
    spec.field_class = members.Choice("class", kClasses, FieldClass::kKeep, false);
    spec.type = members.Choice("type", kTypes, FieldType::kString, true);
    spec.required = members.Flag("required");
    spec.expected = members.Flag("expected");
    spec.open = members.Flag("open");
    spec.non_negative = members.Flag("non_negative");
    spec.values = members.Texts("values");
    members.RefuseOthers();
    if (!schema.Declare(pattern, std::move(spec))) {
      members.Complain("", "is no JSON Pointer, or is declared twice");
    }
  }

  void ParseAction(const Json& json, const std::string& place) {
    Members members(json, place, problems_);
    Action action;
    action.id = members.Name("id");
    action.title = members.Text("title", true);
    action.description = members.Text("description", false);
    action.type = members.Choice("type", kActionTypes, ActionType::kTechnical, true);
    action.purpose = members.Choice("purpose", kPurposes, Purpose::kPreventative, true);
    action.enforcement =
        members.Choice("enforcement", kEnforcements, Enforcement::kMandatory, true);
    action.managed_by = members.Choice("managed_by", kManagers, ManagedBy::kCustomer, false);
    action.max_points = PointsFor(action.purpose, action.enforcement);
    action.category = members.Choice("category", kCategories, Category::kControlAccess, true);
    action.secure_score_category =
        OneOf(members, "secure_score_category", kSecureScoreCategories, false);
    action.secure_score_control = members.Text("secure_score_control", false);
    action.solution = members.Text("solution", true);
    action.steps = members.Texts("steps");
    action.prerequisites = members.Texts("prerequisites");
    action.licences = members.Texts("licences");
    ParseLinks(members, action);
    action.freshness = members.Duration("freshness");
    ParseFailure(members, action);
    ParseParams(members, action);
    if (const Json* const rule = members.Find("passes_when"); rule != nullptr) {
      action.rule = Rule::Parse(*rule, members.Place("passes_when"), schemas_, problems_);
      CheckParams(*rule, members.Place("passes_when"), action);
    }
    members.RefuseOthers();
    CheckAction(members, action);
    places_[action.id] = place;
    catalogue_->actions.push_back(std::move(action));
  }

  static std::string OneOf(Members& members, const std::string& key,
                           std::span<const std::string_view> texts, bool required) {
    std::string text = members.Text(key, required);
    if (!text.empty() && std::ranges::find(texts, text) == texts.end()) {
      members.Complain(key, fmt::format("'{}' is none of {}", text, fmt::join(texts, ", ")));
    }
    return text;
  }

  void ParseLinks(Members& members, Action& action) {
    const Json* const links = members.Find("links");
    if (links == nullptr) return;
    Members inner(*links, members.Place("links"), problems_);
    action.configure_link = inner.Text("configure", false);
    action.learn_link = inner.Text("learn", false);
    inner.RefuseOthers();
    for (const auto* link : {&action.configure_link, &action.learn_link}) {
      if (!link->empty() && !link->starts_with("https://")) {
        members.Complain("links", fmt::format("'{}' does not begin with https://", *link));
      }
    }
  }

  static void ParseFailure(Members& members, Action& action) {
    const std::string text = members.Text("fails_as", false);
    if (text.empty()) return;
    const auto status = ParseTestStatus("failed_" + text + "_risk");
    if (!status) members.Complain("fails_as", "must be low, medium or high");
    action.fails_as = status;
  }

  void ParseParams(Members& members, Action& action) {
    const Json* const params = members.Find("params");
    if (params == nullptr) return;
    Members inner(*params, members.Place("params"), problems_);
    if (!params->is_object()) return;
    for (const auto& [name, value] : params->items()) action.params[name] = inner.Texts(name);
  }

  /// A misspelt parameter would stand for an empty list, silently.
  void CheckParams(const Json& json, const std::string& place, const Action& action) {
    if (json.is_structured()) {
      for (const auto& [key, value] : json.items()) {
        CheckParams(value, place + "/" + EscapePointerToken(key), action);
      }
      return;
    }
    if (!json.is_string() || !json.get_ref<const std::string&>().starts_with('$')) return;
    const std::string name = json.get<std::string>().substr(1);
    if (action.params.contains(name)) return;
    std::vector<std::string> known;
    for (const auto& [param, values] : action.params) known.push_back(param);
    const auto near = Closest(name, known);
    problems_.push_back(
        {place, fmt::format("'params' declares no '{}'{}", name,
                            near ? fmt::format("; did you mean '${}'?", *near) : "")});
  }

  void CheckAction(Members& members, const Action& action) {
    if (!action_ids_.insert(action.id).second) members.Complain("id", "is there twice");
    if (!titles_.insert(ToLowerAscii(action.title)).second) {
      members.Complain("title", "is the title of another action");
    }
    if (action.rule && action.managed_by == ManagedBy::kMicrosoft) {
      members.Complain("passes_when", "an action managed by Microsoft has no rule");
    }
    if (action.rule && action.type != ActionType::kTechnical) {
      members.Complain("passes_when", "only technical actions are tested automatically");
    }
    const bool done_by_customer = action.managed_by == ManagedBy::kCustomer;
    if (done_by_customer && action.steps.empty()) members.Complain("", "'steps' is missing");
    if (done_by_customer && action.type == ActionType::kTechnical &&
        action.configure_link.empty()) {
      members.Complain("", "'links: {configure: …}' is missing: where is it done?");
    }
  }

  void SortActions() {
    std::ranges::sort(catalogue_->actions, {}, &Action::id);
    for (std::uint32_t i = 0; i < catalogue_->actions.size(); ++i) {
      action_places_[catalogue_->actions[i].id] = i;
    }
  }

  void ParseTemplate(const Json& json, const std::string& place) {
    Members members(json, place, problems_);
    Template result;
    result.id = members.Name("id");
    result.title = members.Text("title", true);
    result.edition = members.Text("edition", true);
    result.regulation = members.Text("regulation", false);
    Each(members.Find("controls"), members.Place("controls"),
         [&](const Json& control, const std::string& control_place) {
           ParseControl(control, control_place, result);
         });
    members.RefuseOthers();
    if (result.controls.empty()) members.Complain("controls", "a template needs a control");
    if (!template_ids_.insert(result.id).second) members.Complain("id", "is there twice");
    catalogue_->templates.push_back(std::move(result));
  }

  void ParseControl(const Json& json, const std::string& place, Template& into) {
    Members members(json, place, problems_);
    TemplateControl control;
    control.id = members.Name("id");
    control.family = members.Text("family", true);
    control.title = members.Text("title", true);
    Each(members.Find("actions"), members.Place("actions"),
         [&](const Json& ref, const std::string& ref_place) { ParseRef(ref, ref_place, control); });
    members.RefuseOthers();
    if (control.actions.empty()) members.Complain("actions", "a control needs an action");
    const bool twice =
        std::ranges::find(into.controls, control.id, &TemplateControl::id) != into.controls.end();
    if (twice) members.Complain("id", "is there twice in this template");
    into.controls.push_back(std::move(control));
  }

  /// Either the id alone, or {id, relation}.
  void ParseRef(const Json& json, const std::string& place, TemplateControl& into) {
    TemplateControl::ActionRef ref;
    std::string id;
    if (json.is_string()) {
      id = json.get<std::string>();
    } else {
      Members members(json, place, problems_);
      id = members.Name("id");
      ref.relation = members.Choice("relation", kRelations, Relation::kDirect, false);
      members.RefuseOthers();
    }
    const auto found = action_places_.find(id);
    if (found == action_places_.end()) {
      return problems_.push_back({place, fmt::format("there is no action '{}'", id)});
    }
    ref.action = found->second;
    const bool twice = std::ranges::find(into.actions, ref.action,
                                         &TemplateControl::ActionRef::action) != into.actions.end();
    if (twice) return problems_.push_back({place, fmt::format("'{}' is there twice", id)});
    into.actions.push_back(ref);
  }

  void CheckDefaults() {
    for (const auto& id : catalogue_->default_templates) {
      if (!template_ids_.contains(id)) {
        problems_.push_back({"/default_templates", fmt::format("there is no template '{}'", id)});
      }
    }
  }

  const Json& document_;
  std::vector<Problem>& problems_;
  std::shared_ptr<Catalogue> catalogue_ = std::make_shared<Catalogue>();
  std::map<std::string, SettingSchema, std::less<>> schemas_;
  std::map<std::string, std::string> places_;
  std::map<std::string, std::uint32_t> action_places_;
  std::set<std::string> action_ids_;
  std::set<std::string> titles_;
  std::set<std::string> template_ids_;
};

Result<std::shared_ptr<const Catalogue>> Catalogue::Parse(const Json& document,
                                                          std::vector<Problem>& problems) {
  const std::size_t before = problems.size();
  auto catalogue = Parser(document, problems).Run();
  if (problems.size() > before) {
    return Fail(ErrorCode::kCatalogueInvalid,
                problems[before].pointer + ": " + problems[before].message);
  }
  catalogue->sha256 = HashOf(DumpJson(document));
  catalogue->Index();
  return catalogue;
}

}  // namespace assayd::domain
