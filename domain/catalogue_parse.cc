#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "domain/catalogue.h"
#include "domain/members.h"
#include "domain/template_parse.h"

namespace assayd::domain {
namespace {

constexpr std::uint64_t kFormat = 1;

constexpr std::string_view kActionTypes[] = {"technical", "documentation", "operational"};
constexpr std::string_view kPurposes[] = {"preventative", "detective", "corrective"};
constexpr std::string_view kEnforcements[] = {"mandatory", "discretionary"};
constexpr std::string_view kManagers[] = {"customer", "microsoft"};
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
    top.Each("settings",
             [&](const Json& json, const std::string& place) { ParseSetting(json, place); });
    top.Each("actions",
             [&](const Json& json, const std::string& place) { ParseAction(json, place); });
    SortActions();
    ParseTemplates(top);
    catalogue_->default_templates = top.Texts("default_templates");
    CheckDefaults();
    ParseLicences(top);
    top.RefuseOthers();
    for (auto& [name, schema] : schemas_) catalogue_->settings.push_back(std::move(schema));
    return catalogue_;
  }

 private:
  void ParseLicences(Members& top) {
    const Json* const licences = top.Find("licences");
    if (licences == nullptr) return;
    if (!licences->is_object())
      return top.Complain("licences", "must be an object: licence → list of service plans");
    Members members(*licences, top.Place("licences"), problems_);
    for (const auto& entry : licences->items()) {
      catalogue_->licences.emplace(entry.key(), members.Texts(entry.key()));
    }
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
    action.max_points =
        members.Points("points").value_or(PointsFor(action.purpose, action.enforcement));
    action.category = members.Choice("category", kCategories, Category::kControlAccess, true);
    action.secure_score_category =
        members.OneOf("secure_score_category", kSecureScoreCategories, false);
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
    catalogue_->actions.push_back(std::move(action));
  }

  void ParseLinks(Members& members, Action& action) {
    const Json* const links = members.Find("links");
    if (links == nullptr) return;
    Members inner(*links, members.Place("links"), problems_);
    action.configure_link = inner.HttpsLink("configure", false);
    action.learn_link = inner.HttpsLink("learn", false);
    inner.RefuseOthers();
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

  void ParseTemplates(Members& top) {
    TemplateParser parser(action_places_, problems_);
    top.Each("templates",
             [&](const Json& json, const std::string& place) { parser.Parse(json, place); });
    catalogue_->templates = std::move(parser).Finish();
  }

  void CheckDefaults() {
    for (const auto& id : catalogue_->default_templates) {
      if (catalogue_->FindTemplate(id) == nullptr) {
        problems_.push_back({"/default_templates", fmt::format("there is no template '{}'", id)});
      }
    }
  }

  const Json& document_;
  std::vector<Problem>& problems_;
  std::shared_ptr<Catalogue> catalogue_ = std::make_shared<Catalogue>();
  std::map<std::string, SettingSchema, std::less<>> schemas_;
  std::map<std::string, std::uint32_t> action_places_;
  std::set<std::string> action_ids_;
  std::set<std::string> titles_;
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
