#pragma once

namespace assayd::daemon {

/// The whole program: parses, runs the chosen command, gives the exit status (interface.md).
int RunCommandLine(int argc, char** argv);

}  // namespace assayd::daemon
