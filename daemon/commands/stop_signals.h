#pragma once

#include <functional>

namespace assayd::daemon {

/// Keeps SIGTERM, SIGINT and SIGHUP from every thread that is started after it, and SIGPIPE from
/// doing anything. Call first in main.
void HoldSignals();

/// Waits until the process is to stop. `reload` is called for each SIGHUP.
void WaitForStop(const std::function<void()>& reload);
/// Ends WaitForStop from within.
void RequestStop();

}  // namespace assayd::daemon
