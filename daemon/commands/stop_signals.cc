#include "daemon/commands/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace assayd::daemon {
namespace {

sigset_t Held() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  return set;
}

}  // namespace

void HoldSignals() {
  const sigset_t set = Held();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void WaitForStop(const std::function<void()>& reload) {
  const sigset_t set = Held();
  int number = 0;
  while (::sigwait(&set, &number) == 0) {
    if (number != SIGHUP) return;
    reload();
  }
}

void RequestStop() { ::kill(::getpid(), SIGTERM); }

}  // namespace assayd::daemon
