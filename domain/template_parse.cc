#include "domain/template_parse.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "domain/json_pointer.h"
#include "domain/members.h"

namespace assayd::domain {
namespace {

constexpr std::string_view kRelations[] = {"direct", "indirect"};
constexpr std::string_view kStates[] = {"current", "superseded"};
constexpr std::size_t kControlIdMax = 200;

/// Standards write "AC-2(1)" and "Art. 32(1)(b)": anything that stands on one line.
bool IsControlId(const std::string& id) {
  return !id.empty() && id.size() <= kControlIdMax && EscapeForLine(id) == id &&
         id.front() != ' ' && id.back() != ' ';
}

}  // namespace

void TemplateParser::Parse(const Json& json, const std::string& place) {
  Members members(json, place, problems_);
  Template result;
  result.id = members.Name("id");
  result.title = members.Text("title", true);
  ParseEdition(members, result);
  result.regulation = members.Text("regulation", false);
  result.product = members.Text("product", false);
  result.source = members.HttpsLink("source", false);
  result.licence = members.Text("licence", false);
  result.in_scope_services = members.Texts("in_scope_services");
  controls_.clear();
  members.Each("controls", [&](const Json& control, const std::string& control_place) {
    ParseControl(control, control_place, result);
  });
  members.RefuseOthers();
  if (result.controls.empty()) members.Complain("controls", "a template needs a control");
  if (!ids_.insert(result.id).second) members.Complain("id", "is there twice");
  templates_.push_back({std::move(result), place});
}

void TemplateParser::ParseEdition(Members& members, Template& into) {
  into.edition = members.Text("edition", true);
  into.superseded = members.OneOf("status", kStates, false) == "superseded";
  into.superseded_by = members.Text("superseded_by", false);
  if (!into.superseded_by.empty() && !into.superseded)
    members.Complain("superseded_by", "needs 'status: superseded'");
  if (const Json* const replaces = members.Find("replaces"); replaces != nullptr)
    ParseReplacement(*replaces, members.Place("replaces"), into);
}

void TemplateParser::ParseReplacement(const Json& json, const std::string& place, Template& into) {
  Members members(json, place, problems_);
  Replacement replaces;
  replaces.template_id = members.Name("template");
  const Json* const controls = members.Find("controls");
  if (controls != nullptr && !controls->is_object())
    members.Complain("controls", "must be an object: control there → list of controls here");
  if (controls != nullptr && controls->is_object()) {
    Members inner(*controls, members.Place("controls"), problems_);
    for (const auto& [old, fresh] : controls->items()) replaces.controls[old] = inner.Texts(old);
  }
  members.RefuseOthers();
  into.replaces = std::move(replaces);
}

void TemplateParser::ParseControl(const Json& json, const std::string& place, Template& into) {
  Members members(json, place, problems_);
  TemplateControl control;
  control.id = members.Text("id", true);
  if (!control.id.empty() && !IsControlId(control.id))
    members.Complain("id", "must be one line of at most 200 characters");
  control.family = members.Text("family", true);
  control.title = members.Text("title", true);
  control.description = members.Text("description", false);
  control.link = members.HttpsLink("link", false);
  members.Each("actions", [&](const Json& reference, const std::string& reference_place) {
    ParseReference(reference, reference_place, control);
  });
  members.RefuseOthers();
  if (control.actions.empty()) members.Complain("actions", "a control needs an action");
  if (!controls_.insert(control.id).second)
    members.Complain("id", "is there twice in this template");
  into.controls.push_back(std::move(control));
}

/// Either the id alone, or {id, relation}.
void TemplateParser::ParseReference(const Json& json, const std::string& place,
                                    TemplateControl& into) {
  TemplateControl::ActionRef reference;
  std::string id;
  if (json.is_string()) {
    id = json.get<std::string>();
  } else {
    Members members(json, place, problems_);
    id = members.Name("id");
    reference.relation = members.Choice("relation", kRelations, Relation::kDirect, false);
    members.RefuseOthers();
  }
  const auto found = actions_.find(id);
  if (found == actions_.end())
    return problems_.push_back({place, fmt::format("there is no action '{}'", id)});
  reference.action = found->second;
  const auto same = [&](const auto& each) { return each.action == reference.action; };
  if (std::ranges::any_of(into.actions, same))
    return problems_.push_back({place, fmt::format("'{}' is there twice", id)});
  into.actions.push_back(reference);
}

const Template* TemplateParser::Find(const std::string& id) const {
  const auto found = std::ranges::find(
      templates_, id, [](const Placed& each) -> const auto& { return each.content.id; });
  return found == templates_.end() ? nullptr : &found->content;
}

void TemplateParser::CheckReplacement(const Placed& newer) {
  const Replacement& replaces = *newer.content.replaces;
  const std::string place = newer.place + "/replaces";
  const Template* const older = Find(replaces.template_id);
  if (older == nullptr) {
    return problems_.push_back(
        {place + "/template", fmt::format("there is no template '{}'", replaces.template_id)});
  }
  if (older->superseded_by != newer.content.id) {
    problems_.push_back({place + "/template", fmt::format("'{}' does not say 'superseded_by: {}'",
                                                          older->id, newer.content.id)});
  }
  for (const auto& [old, fresh] : replaces.controls) {
    const std::string at = place + "/controls/" + EscapePointerToken(old);
    if (older->FindControl(old) == nullptr)
      problems_.push_back({at, fmt::format("'{}' has no control '{}'", older->id, old)});
    for (const auto& id : fresh) {
      if (newer.content.FindControl(id) == nullptr)
        problems_.push_back({at, fmt::format("there is no control '{}' here", id)});
    }
  }
}

std::vector<Template> TemplateParser::Finish() && {
  for (const auto& [content, place] : templates_) {
    const bool unknown = !content.superseded_by.empty() && Find(content.superseded_by) == nullptr;
    if (unknown) {
      problems_.push_back({place + "/superseded_by",
                           fmt::format("there is no template '{}'", content.superseded_by)});
    }
  }
  for (const auto& each : templates_) {
    if (each.content.replaces) CheckReplacement(each);
  }
  std::vector<Template> templates;
  for (auto& each : templates_) templates.push_back(std::move(each.content));
  std::ranges::sort(templates, {}, &Template::id);
  return templates;
}

}  // namespace assayd::domain
