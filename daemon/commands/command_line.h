#pragma once

#include <memory>

#include "daemon/commands/context.h"

namespace CLI {
class App;
}

namespace assayd::daemon {

/// Every command with its options, which write into `context`. The context outlives the result.
std::shared_ptr<CLI::App> MakeCommandLine(Context& context);

/// The whole program: parses, runs the chosen command, gives the exit status (interface.md).
int RunCommandLine(int argc, char** argv);

}  // namespace assayd::daemon
