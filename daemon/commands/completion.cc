#include "daemon/commands/completion.h"

#include <CLI/CLI.hpp>

namespace assayd::daemon {
namespace {

/// One case per command: the words that may follow it.
std::string Cases(const CLI::App& command, const std::string& path) {
  std::string words;
  for (const auto* const child : command.get_subcommands({})) words += child->get_name() + " ";
  for (const auto* const option : command.get_options()) {
    for (const auto& name : option->get_lnames()) words += "--" + name + " ";
  }
  std::string cases = "    \"" + path + "\") words=\"" + words + "\" ;;\n";
  for (const auto* const child : command.get_subcommands({})) {
    cases += Cases(*child, path.empty() ? child->get_name() : path + " " + child->get_name());
  }
  return cases;
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  return "_assayd() {\n"
         "  local path=\"\" word words=\"\"\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"$word\" in -*) ;; *) path=\"${path:+$path }$word\" ;; esac\n"
         "  done\n"
         "  case \"$path\" in\n" +
         Cases(app, "") +
         "    *) COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\")); return ;;\n"
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
         "}\n"
         "complete -F _assayd assayd\n";
}

}  // namespace assayd::daemon
