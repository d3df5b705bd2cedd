#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/commands/asking.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/output.h"
#include "http/client.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kAll = 10'000;

/// The assessments that were made by themselves when the product was new (domain-model (a)).
constexpr const char* kOf2020[] = {"iso-27001-2013", "nist-800-53-r4", "gdpr"};

struct AssessmentOptions {
  std::string id, of_template, group, title, copy_from, standing = "active";
};
using Options = std::shared_ptr<AssessmentOptions>;

Result<Exit> List(const Context& context, const Options& options) {
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  ASSAYD_TRY(const Json answer,
             client.GetAll(tenant + "/assessments", {{"standing", options->standing}}, kAll));
  PrintItems(context, answer, answer["items"],
             {{"ID", [](const Json& item) { return TextOf(item, "id"); }},
              {"TITLE", [](const Json& item) { return TextOf(item, "title"); }},
              {"GROUP", [](const Json& item) { return TextOf(item, "group_name"); }},
              {"STATUS",
               [](const Json& item) {
                 return TextOf(item, item["standing"] == "archived" ? "standing" : "status");
               }},
              {"SCORE", [](const Json& item) { return PercentOf(item["ratio"]); }, true},
              {"CONTROLS PASSED",
               [](const Json& item) {
                 return TextOf(item["controls"], "passed") + " of " +
                        TextOf(item["controls"], "total");
               },
               true},
              {"UPDATE", [](const Json& item) {
                 return item["update_available"].get<bool>() ? "available" : "-";
               }}});
  return Exit::kOk;
}

Json BodyOf(const AssessmentOptions& options) {
  Json body{{"template", options.of_template}};
  if (!options.group.empty()) body["group"] = options.group;
  if (!options.title.empty()) body["title"] = options.title;
  if (!options.copy_from.empty()) body["copy_from"] = options.copy_from;
  if (!options.id.empty()) body["id"] = options.id;
  return body;
}

std::string Line(const Json& assessment) {
  return fmt::format("{}: {}, group {}, {} controls, {} of {} points\n", TextOf(assessment, "id"),
                     TextOf(assessment, "title"), TextOf(assessment, "group_name"),
                     TextOf(assessment["controls"], "total"), PointsOf(assessment["points"]),
                     PointsOf(assessment["max_points"]));
}

Result<Exit> Create(const Context& context, const Options& options) {
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  ASSAYD_TRY(const Json answer, client.Send("POST", tenant + "/assessments", BodyOf(*options)));
  PrintText(context, answer, Line(answer["assessment"]));
  return Exit::kOk;
}

/// Those that are there already stay as they are.
Result<Exit> CreateThoseOf2020(const Context& context) {
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  ASSAYD_TRY(const Json there, client.GetAll(tenant + "/assessments", {}, kAll));
  Json answer{{"items", Json::array()}};
  std::string text;
  for (const char* const id : kOf2020) {
    const bool has = std::ranges::any_of(there["items"], [&](const Json& item) {
      return item["template"] == id && item["group"] == "default";
    });
    if (has) {
      text += std::string(id) + ": is there\n";
      continue;
    }
    ASSAYD_TRY(const Json made, client.Send("POST", tenant + "/assessments", {{"template", id}}));
    answer["items"].push_back(made["assessment"]);
    text += Line(made["assessment"]);
  }
  PrintText(context, answer, text);
  return Exit::kOk;
}

/// What is asked of one assessment, with the version that it has now.
Result<Exit> Act(const Context& context, const Options& options, const std::string& method,
                 const std::string& act, const Json& body) {
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  const std::string path = tenant + "/assessments/" + http::PercentEncode(options->id);
  ASSAYD_TRY(const Json now, client.Get(path));
  ASSAYD_TRY(const Json answer,
             client.Send(method, path + act, body, TextOf(now["assessment"], "version")));
  PrintText(context, answer,
            answer.contains("assessment") ? Line(answer["assessment"]) : "deleted\n");
  return Exit::kOk;
}

void AddAct(CLI::App& parent, Context& context, const Options& options, const std::string& name,
            const std::string& help) {
  auto* const command = parent.add_subcommand(name, help);
  command->footer("Example:\n  assayd assessment " + name + " gdpr-privacy");
  command->add_option("ID", options->id, "the assessment")->required();
  const bool deletes = name == "delete";
  command->callback([&context, options, name, deletes] {
    context.run = [&context, options, name, deletes] {
      return Act(context, options, deletes ? "DELETE" : "POST", deletes ? "" : "/" + name,
                 Json::object());
    };
  });
}

void AddTemplates(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("templates", "what an assessment can be made of, and how big it is");
  command->footer("Examples:\n  assayd templates\n  assayd templates --output csv");
  command->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer, client.GetAll(tenant + "/templates", {}, kAll));
      PrintItems(
          context, answer, answer["items"],
          {{"ID", [](const Json& item) { return TextOf(item, "id"); }},
           {"TITLE", [](const Json& item) { return TextOf(item, "title"); }},
           {"STATUS", [](const Json& item) { return TextOf(item, "status"); }},
           {"CONTROLS", [](const Json& item) { return TextOf(item, "controls"); }, true},
           {"ACTIONS", [](const Json& item) { return TextOf(item["actions"], "total"); }, true},
           {"AUTOMATIC", [](const Json& item) { return TextOf(item["actions"], "automatic"); },
            true},
           {"POINTS", [](const Json& item) { return PointsOf(item["actions"]["max_points"]); },
            true}});
      return Exit::kOk;
    };
  });
}

void AddCreate(CLI::App& parent, Context& context, const Options& options) {
  auto* const create = parent.add_subcommand("create", "begins one, of a template, in a group");
  create->footer(
      "Examples:\n  assayd assessment create gdpr --group Privacy\n"
      "  assayd assessment create hipaa-hitech --group Health --copy-from Privacy");
  create->add_option("TEMPLATE", options->of_template, "see assayd templates")->required();
  create->add_option("--group", options->group, "one that is there, or a new one; else default");
  create->add_option("--title", options->title, "unique within the group; else the template's");
  create->add_option("--id", options->id, "else made of template and group");
  create->add_option("--copy-from", options->copy_from,
                     "for a new group: the one whose implementation and test it takes over once");
  create->callback([&context, options] {
    context.run = [&context, options] { return Create(context, options); };
  });
  auto* const defaults = parent.add_subcommand(
      "create-2020", "begins those that every tenant had in 2020: ISO 27001, NIST 800-53, GDPR");
  defaults->footer("Example:\n  assayd assessment create-2020");
  defaults->callback(
      [&context] { context.run = [&context] { return CreateThoseOf2020(context); }; });
}

void AddRename(CLI::App& parent, Context& context, const Options& options) {
  auto* const rename = parent.add_subcommand("rename", "gives it another title");
  rename->footer("Example:\n  assayd assessment rename gdpr-privacy 'GDPR 2027'");
  rename->add_option("ID", options->id, "the assessment")->required();
  rename->add_option("TITLE", options->title, "unique within its group")->required();
  rename->callback([&context, options] {
    context.run = [&context, options] {
      return Act(context, options, "PATCH", "", {{"title", options->title}});
    };
  });
}

}  // namespace

void AddAssessmentCommands(CLI::App& app, Context& context) {
  AddTemplates(app, context);
  auto* const parent =
      app.add_subcommand("assessment", "assessments, made of templates, in groups");
  parent->footer("Examples:\n  assayd assessment list\n  assayd assessment create gdpr");
  parent->require_subcommand(1);
  const auto options = std::make_shared<AssessmentOptions>();
  auto* const list = parent->add_subcommand("list", "with score and status");
  list->footer("Example:\n  assayd assessment list --standing all");
  list->add_option("--standing", options->standing, "active, archived or all")
      ->check(CLI::IsMember({"active", "archived", "all"}))
      ->capture_default_str();
  list->callback([&context, options] {
    context.run = [&context, options] { return List(context, options); };
  });
  AddCreate(*parent, context, options);
  AddRename(*parent, context, options);
  AddAct(*parent, context, options, "archive", "takes it out of the score; it keeps what it had");
  AddAct(*parent, context, options, "activate", "takes an archived one back in");
  AddAct(*parent, context, options, "accept-update",
         "gives it the controls of the running catalogue");
  AddAct(*parent, context, options, "defer-update",
         "leaves its controls until another catalogue comes");
  AddAct(*parent, context, options, "delete", "with what nobody else of its group has");
}

}  // namespace assayd::daemon
