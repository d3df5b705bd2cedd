#pragma once

namespace assayd::daemon {

/// Tells systemd (sd_notify protocol, $NOTIFY_SOCKET) that the daemon is ready, or is stopping.
/// Does nothing where nobody listens.
void NotifyReady();
void NotifyStopping();

}  // namespace assayd::daemon
