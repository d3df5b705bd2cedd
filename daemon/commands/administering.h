#pragma once

#include "daemon/commands/context.h"

namespace CLI {
class App;
}

namespace assayd::daemon {

/// verify, rebuild: the log, without a daemon.
void AddStoreCommands(CLI::App& app, Context& context);
/// check-config, config show, token create, version, completion.
void AddSetupCommands(CLI::App& app, Context& context);
/// catalogue check|diff, rule test.
void AddCatalogueCommands(CLI::App& app, Context& context);
/// evaluate: scoring cases, without a store.
void AddEvaluateCommand(CLI::App& app, Context& context);

}  // namespace assayd::daemon
