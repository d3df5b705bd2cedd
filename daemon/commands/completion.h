#pragma once

#include <string>

namespace CLI {
class App;
}

namespace assayd::daemon {

/// A bash completion script made from the command tree itself.
std::string BashCompletion(const CLI::App& app);

}  // namespace assayd::daemon
