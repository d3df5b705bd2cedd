#pragma once

#include "daemon/commands/context.h"

namespace CLI {
class App;
}

namespace assayd::daemon {

/// serve and run.
void AddServeCommands(CLI::App& app, Context& context);

void AddConnectCommand(CLI::App& app, Context& context);

}  // namespace assayd::daemon
