#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "config/catalogue_folder.h"
#include "daemon/api/past.h"
#include "daemon/api/rendering.h"
#include "daemon/commands/administering.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/moment.h"
#include "daemon/commands/output.h"
#include "daemon/commands/stored_log.h"
#include "daemon/control_texts.h"
#include "daemon/document_cache.h"
#include "domain/canonical_document.h"
#include "domain/judge.h"

namespace assayd::daemon {
namespace {

namespace fs = std::filesystem;

Result<config::LoadedCatalogue> LoadOrTell(const std::vector<fs::path>& paths) {
  std::vector<config::CatalogueProblem> problems;
  auto loaded = config::LoadCatalogue(paths, problems);
  if (!loaded) return TellMistakes(problems, ErrorCode::kCatalogueInvalid, "catalogue");
  return loaded;
}

Result<config::LoadedCatalogue> LoadGiven(const std::vector<std::string>& given,
                                          const config::Settings& settings) {
  if (!given.empty()) return LoadOrTell({given.begin(), given.end()});
  ASSAYD_CHECK(RequireCatalogue(settings));
  return LoadOrTell(settings.catalogue.paths);
}

Result<Exit> Check(const Context& context, const std::vector<std::string>& folders) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  ASSAYD_TRY(const auto loaded, LoadGiven(folders, settings));
  for (const auto& override : loaded.overrides) {
    std::cout << EscapeForLine(override.location.ToString() + ": overrides " + override.field +
                               " of " + override.kind + " " + override.id)
              << "\n";
  }
  const auto& catalogue = *loaded.catalogue;
  std::cout << fmt::format("right: version {}, {} actions, {} settings, {} templates, sha256 {}\n",
                           catalogue.version, catalogue.actions.size(), catalogue.settings.size(),
                           catalogue.templates.size(), ToHex(HashOf(loaded.canonical)));
  return Exit::kOk;
}

/// Which entries of a kind came, went, or changed in which fields.
void Compare(const Json& before, const Json& after, const char* kind, const char* key,
             Json& items) {
  std::map<std::string, std::pair<Json, Json>> entries;
  for (const auto& entry : before[kind]) entries[entry[key].get<std::string>()].first = entry;
  for (const auto& entry : after[kind]) entries[entry[key].get<std::string>()].second = entry;
  for (const auto& [id, pair] : entries) {
    const auto& [old, fresh] = pair;
    if (old == fresh) continue;
    std::string fields;
    if (old.is_object() && fresh.is_object()) {
      for (const auto& [name, value] : fresh.items()) {
        if (!old.contains(name) || old[name] != value)
          fields += (fields.empty() ? "" : ", ") + name;
      }
      for (const auto& [name, value] : old.items()) {
        if (!fresh.contains(name)) fields += (fields.empty() ? "" : ", ") + name;
      }
    }
    items.push_back({{"kind", kind},
                     {"id", id},
                     {"change", old.is_null()     ? "added"
                                : fresh.is_null() ? "removed"
                                                  : "changed"},
                     {"fields", fields}});
  }
}

struct TextOptions {
  std::string template_id, file;
  bool remove = false;
};

/// What is attached to a template's controls, of an OSCAL catalogue or a table.
Result<ControlTexts> ReadTexts(const TextOptions& options, const domain::Template& of_template) {
  if (options.remove) return ControlTexts();
  PosixFileSystem files;
  ASSAYD_TRY(const std::string text, ReadFile(files, options.file));
  if (fs::path(options.file).extension() != ".json") return TextsOfTable(text, of_template);
  ASSAYD_TRY(
      const Json document,
      ParseJson(text, {.bytes_max = 64 * 1024 * 1024, .depth_max = 64, .values_max = 10'000'000}));
  return TextsOfOscal(document, of_template);
}

Result<Exit> ImportText(const Context& context, const TextOptions& options) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  ASSAYD_CHECK(RequireCatalogue(settings));
  ASSAYD_TRY(const auto loaded, LoadOrTell(settings.catalogue.paths));
  const auto* const content = loaded.catalogue->FindTemplate(options.template_id);
  if (content == nullptr)
    return Fail(ErrorCode::kNotFound, "there is no template '" + options.template_id +
                                          "'; `assayd templates` lists them");
  if (options.file.empty() != options.remove)
    return Fail(ErrorCode::kInvalidArgument, "name a file, or --remove");
  ASSAYD_TRY(const auto texts, ReadTexts(options, *content));
  if (texts.empty() && !options.remove)
    return Fail(ErrorCode::kInvalidArgument,
                "the file has no text of any control of '" + options.template_id + "'");
  PosixFileSystem files;
  ASSAYD_CHECK(SaveControlTexts(files, settings.store.path, options.template_id, texts));
  const Json answer{{"template", options.template_id},
                    {"controls", content->controls.size()},
                    {"with_text", texts.size()}};
  PrintText(context, answer,
            fmt::format("{} of {} controls of {} have a text; it stays in {}\n", texts.size(),
                        content->controls.size(), options.template_id,
                        (settings.store.path / "texts").string()));
  return Exit::kOk;
}

std::string StatusText(const Json& answer) {
  const auto line = [](const char* what, const Json& catalogue) {
    return catalogue.is_null()
               ? fmt::format("{}: none\n", what)
               : fmt::format("{}: version {}, {} actions, {} templates, sha256 {}\n", what,
                             TextOf(catalogue, "version"), TextOf(catalogue, "actions"),
                             TextOf(catalogue, "templates"), TextOf(catalogue, "sha256"));
  };
  return line("runs", answer["running"]) + line("waits", answer["held"]);
}

Result<Exit> Diff(const Context& context, const std::vector<std::string>& folders,
                  const std::string& against) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  ASSAYD_TRY(const auto proposed, LoadGiven(folders, settings));
  std::string running;
  if (!against.empty()) {
    ASSAYD_TRY(const auto other, LoadOrTell({against}));
    running = other.canonical;
  } else {
    ASSAYD_TRY(const auto stored, StoredLog::Open(settings.store.path));
    ASSAYD_TRY(running, stored->RunningCatalogueText());
  }
  Json items = Json::array();
  const Json before = Json::parse(running);
  const Json after = Json::parse(proposed.canonical);
  Compare(before, after, "settings", "name", items);
  Compare(before, after, "actions", "id", items);
  Compare(before, after, "templates", "id", items);
  PrintItems(context,
             {{"version_before", before["version"]},
              {"version_after", after["version"]},
              {"items", items}},
             items,
             {{"KIND", [](const Json& item) { return TextOf(item, "kind"); }},
              {"ID", [](const Json& item) { return TextOf(item, "id"); }},
              {"CHANGE", [](const Json& item) { return TextOf(item, "change"); }},
              {"FIELDS", [](const Json& item) { return TextOf(item, "fields"); }}});
  return Exit::kOk;
}

struct RuleOptions {
  std::string file, action, as_of;
  std::vector<std::string> documents;  ///< NAME=FILE
};

using Documents = std::map<std::string, Json, std::less<>>;

/// With the envelope of a list or without it.
Result<Json> CanonicalOf(std::string_view text, const domain::SettingSchema& setting) {
  ASSAYD_TRY(
      const Json raw,
      ParseJson(text, {.bytes_max = 64 * 1024 * 1024, .depth_max = 64, .values_max = 10'000'000}));
  const bool envelope = raw.is_object() && raw.contains("value") && raw["value"].is_array() &&
                        setting.shape == domain::SettingSchema::Shape::kArray;
  ASSAYD_TRY(auto canonical, setting.Canonicalise(envelope ? raw["value"] : raw));
  return std::move(canonical.value);
}

/// Documents given as files, brought into canonical form as a read of the service would be.
Result<> ReadDocuments(const std::vector<std::string>& given, const domain::Catalogue& catalogue,
                       Documents& documents) {
  PosixFileSystem files;
  for (const auto& each : given) {
    const auto equals = each.find('=');
    const std::string name = each.substr(0, equals);
    const auto setting = catalogue.FindSetting(name);
    if (equals == std::string::npos || !setting)
      return Fail(ErrorCode::kInvalidArgument,
                  "--document wants SETTING=FILE, and no setting is called '" + name + "'");
    const std::string file = each.substr(equals + 1);
    ASSAYD_TRY(const std::string text, ReadFile(files, file));
    auto document = CanonicalOf(text, catalogue.settings[*setting]);
    if (!document) return Fail(document.error().code, file + ": " + document.error().context);
    documents[name] = *std::move(document);
  }
  return {};
}

std::string TraceText(const domain::TraceNode& node, int depth) {
  std::string line = std::string(static_cast<std::size_t>(depth) * 2, ' ') + "[" +
                     std::string(ToText(node.truth)) + "] " + EscapeForLine(node.what);
  if (!node.value.empty())
    line += "  " + EscapeForLine(node.pointer) + " is " + EscapeForLine(node.value);
  line += "\n";
  for (const auto& child : node.children) line += TraceText(child, depth + 1);
  return line;
}

/// Judges one action on documents; settings without a document are unknown.
Json Judge(const domain::Action& action, const Documents& documents,
           const domain::RuleParams& params, std::string& text) {
  std::vector<domain::LeafResult> results;
  std::string traces;
  Json leaves = Json::array();
  for (const auto& leaf : action.rule->leaves()) {
    const auto document = documents.find(leaf.setting);
    domain::TraceNode trace;
    trace.what = "setting " + leaf.setting + (document == documents.end() ? " is not known" : "");
    if (document != documents.end()) {
      results.push_back(leaf.Evaluate(document->second, params, &trace));
      trace.truth = results.back().kind == domain::LeafResult::Kind::kTrue ? domain::Truth::kTrue
                    : results.back().kind == domain::LeafResult::Kind::kFalse
                        ? domain::Truth::kFalse
                        : domain::Truth::kUnknown;
    } else {
      results.emplace_back();
    }
    traces += TraceText(trace, 1);
    leaves.push_back(TraceJson(trace));
  }
  domain::TraceNode whole;
  const auto verdict = action.rule->Combine(results, &whole);
  text += fmt::format("{}: {}\n", action.id, ToText(verdict.kind));
  if (verdict.kind == domain::Verdict::Kind::kPartial)
    text += fmt::format("  {} of {}\n", verdict.covered, verdict.total);
  text += TraceText(whole, 1) + traces + "\n";
  return {{"action", action.id},
          {"verdict", ToText(verdict.kind)},
          {"combination", TraceJson(whole)},
          {"settings", leaves}};
}

/// What the log holds of the tenant's settings at a moment.
Result<domain::TenantState> ReadTenantDocuments(const Context& context,
                                                const config::Settings& settings,
                                                const std::string& as_of, Documents& documents) {
  ASSAYD_TRY(const auto stored, StoredLog::Open(settings.store.path));
  ASSAYD_TRY(const auto view, stored->FindTenant(context.tenant));
  std::optional<TimePoint> moment;
  const TimePoint now = SystemClock().Now();
  if (!as_of.empty()) {
    ASSAYD_TRY(moment, ParseMoment(as_of, now));
    if (*moment > now) return Fail(ErrorCode::kInvalidArgument, "as_of lies in the future");
  }
  Past past(stored->log(), stored->catalogues());
  ASSAYD_TRY(const auto at,
             past.At(view, {moment.value_or(now), view->state().position, moment.has_value()},
                     [] { return Result<>(); }));
  const domain::TenantState& state = at.view->state();
  for (std::size_t i = 0; state.layout && i < state.settings.size(); ++i) {
    if (!state.settings[i].known) continue;
    ASSAYD_TRY(const auto text, ReadDocument(stored->log(), state.id, state.settings[i].hash));
    if (text) documents[state.layout->catalogue().settings[i].name] = Json::parse(*text);
  }
  return state;
}

/// The actions that are to be judged: of the file, or the one that is named.
Result<std::vector<std::string>> ActionsIn(const RuleOptions& options) {
  std::vector<std::string> ids;
  if (!options.action.empty()) ids.push_back(options.action);
  if (options.file.empty()) return ids;
  const auto tree = config::YamlTree::ReadFile(options.file);
  if (!tree) return Fail(ErrorCode::kCatalogueInvalid, tree.error().ToString());
  const Json list = tree->value().is_array() ? tree->value() : Json::array({tree->value()});
  for (const auto& entry : list) {
    if (entry.is_object() && entry.contains("action"))
      ids.push_back(entry["action"].get<std::string>());
  }
  return ids;
}

Result<Exit> TestRule(const Context& context, const RuleOptions& options) {
  if (options.file.empty() && options.action.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "name a file with an action that has a rule, or --action ID of the catalogue");
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
  ASSAYD_CHECK(RequireCatalogue(settings));
  std::vector<fs::path> paths = settings.catalogue.paths;
  if (!options.file.empty()) paths.emplace_back(options.file);
  ASSAYD_TRY(const auto loaded, LoadOrTell(paths));
  Documents documents;
  std::optional<domain::TenantState> state;
  if (!context.tenant.empty() || options.documents.empty()) {
    ASSAYD_TRY(state, ReadTenantDocuments(context, settings, options.as_of, documents));
  }
  ASSAYD_CHECK(ReadDocuments(options.documents, *loaded.catalogue, documents));
  ASSAYD_TRY(const auto wanted, ActionsIn(options));
  Json items = Json::array();
  std::string text;
  for (const auto& action : loaded.catalogue->actions) {
    if (std::ranges::find(wanted, action.id) == wanted.end()) continue;
    if (!action.IsAutomatic())
      return Fail(ErrorCode::kInvalidArgument, action.id + " has no rule: people record it");
    items.push_back(
        Judge(action, documents, state ? domain::ParamsOf(*state, action) : action.params, text));
  }
  if (items.empty())
    return Fail(ErrorCode::kNotFound, options.action.empty()
                                          ? options.file + " has no action"
                                          : "the catalogue has no action '" + options.action + "'");
  PrintText(context, {{"items", items}}, text);
  return Exit::kOk;
}

}  // namespace

void AddCatalogueCommands(CLI::App& app, Context& context) {
  auto* const catalogue =
      app.add_subcommand("catalogue", "actions, settings and templates")->require_subcommand(1);
  catalogue->footer("Examples:\n  assayd catalogue check ./catalogue\n  assayd catalogue diff");
  const auto folders = std::make_shared<std::vector<std::string>>();
  auto* const check =
      catalogue->add_subcommand("check", "checks catalogue folders, and shows what overrides what");
  check->footer(
      "Example:\n  assayd catalogue check /usr/share/assayd/catalogue /etc/assayd/catalogue");
  check->add_option("folders", *folders, "in order; those of the configuration without any");
  check->callback([&context, folders] {
    context.RunAlone([&context, folders] { return Check(context, *folders); });
  });
  const auto against = std::make_shared<std::string>();
  auto* const diff =
      catalogue->add_subcommand("diff", "what the folders would change in the catalogue that runs");
  diff->footer(
      "Examples:\n  assayd catalogue diff --data /var/lib/assayd\n"
      "  assayd catalogue diff ./proposed --against /usr/share/assayd/catalogue");
  diff->add_option("folders", *folders, "in order; those of the configuration without any");
  diff->add_option("--against", *against,
                   "another folder, instead of the store's running catalogue");
  diff->callback([&context, folders, against] {
    context.RunAlone([&context, folders, against] { return Diff(context, *folders, *against); });
  });
  const auto texts = std::make_shared<TextOptions>();
  auto* const import = catalogue->add_subcommand(
      "import-text", "attaches the full text of controls from your own copy of a standard");
  import->footer(
      "It is kept beside the store, for its user alone, shown at …/controls?text=true, and in no "
      "event or export.\nExamples:\n  assayd catalogue import-text nist-800-53-r5 "
      "NIST_SP-800-53_rev5_catalog.json --data /var/lib/assayd\n"
      "  assayd catalogue import-text iso-27001-2022 my-copy.csv     columns: control, text\n"
      "  assayd catalogue import-text iso-27001-2022 --remove");
  import->add_option("template", texts->template_id, "whose controls")->required();
  import->add_option("file", texts->file, "an OSCAL catalogue (.json), or a table (.csv)");
  import->add_flag("--remove", texts->remove, "takes the text away");
  import->callback([&context, texts] {
    context.RunAlone([&context, texts] { return ImportText(context, *texts); });
  });
  auto* const status =
      catalogue->add_subcommand("status", "which catalogue runs, and whether a newer one waits");
  status->footer("Example:\n  assayd catalogue status");
  status->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const Json answer, client.Get("/catalogue"));
      PrintText(context, answer, StatusText(answer));
      return Exit::kOk;
    };
  });
  auto* const adopt = catalogue->add_subcommand(
      "adopt", "takes over the newer catalogue that catalogue.updates: hold keeps waiting");
  adopt->footer("Example:\n  assayd catalogue diff && assayd catalogue adopt");
  adopt->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const Json answer, client.Send("POST", "/catalogue/adopt", Json::object()));
      PrintText(context, answer, StatusText(answer));
      return Exit::kOk;
    };
  });
  auto* const rule = app.add_subcommand("rule", "credit rules")->require_subcommand(1);
  rule->footer("Example:\n  assayd rule test --action require-mfa-for-all-users --tenant contoso");
  auto* const test = rule->add_subcommand(
      "test", "judges an action's rule and shows each pointer with its value and truth");
  test->footer(
      "Examples:\n  assayd rule test --action require-mfa-for-all-users --tenant contoso --as-of "
      "'yesterday 18:00'\n"
      "  assayd rule test my_action.yaml --document graph/conditionalAccessPolicies=policies.json");
  const auto options = std::make_shared<RuleOptions>();
  test->add_option("file", options->file, "an action, or several, as in the catalogue's actions/");
  test->add_option("--action", options->action, "an action of the catalogue instead");
  test->add_option("--as-of", options->as_of, "the tenant's settings of that moment");
  test->add_option("--document", options->documents,
                   "SETTING=FILE: a document to judge instead of a tenant's; may be repeated");
  test->callback([&context, options] {
    context.RunAlone([&context, options] { return TestRule(context, *options); });
  });
}

}  // namespace assayd::daemon
