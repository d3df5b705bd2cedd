#include "daemon/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <optional>
#include <system_error>

#include "base/log.h"
#include "base/pause.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace assayd::daemon {
namespace {

constexpr Milliseconds kFirstPause{1'000};
constexpr Milliseconds kLongestPause{60'000};
/// A child that lived so long failed for another reason than the one before.
constexpr Milliseconds kHealthyAfter{60'000};
constexpr Milliseconds kPatience{10'000};
constexpr std::size_t kSecretMax = 4'096;

std::unexpected<Error> FailWith(std::string what, int number) {
  return Fail(ErrorCode::kIo, what + ": " + std::generic_category().message(number));
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments, std::string secret,
                           std::atomic<std::uint64_t>& restarts)
    : arguments_(std::move(arguments)), secret_(std::move(secret) + "\n"), restarts_(restarts) {}

ChildProcess::~ChildProcess() { Stop(); }

void ChildProcess::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Supervise(stop); });
}

void ChildProcess::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void ChildProcess::Signal(int number) {
  if (const int pid = pid_; pid > 0) ::kill(pid, number);
}

void ChildProcess::Supervise(const std::stop_token& stop) {
  Milliseconds pause = kFirstPause;
  while (!stop.stop_requested()) {
    const auto begun = std::chrono::steady_clock::now();
    const auto child = Spawn();
    if (!child) {
      log::Error("cannot start the connect process", {{"error", child.error().ToString()}});
    } else {
      const bool by_itself = WaitFor(*child, stop);
      ::close(child->pipe);
      if (!by_itself) return;
    }
    if (std::chrono::steady_clock::now() - begun > kHealthyAfter) pause = kFirstPause;
    ++restarts_;
    PauseFor(pause, stop);
    pause = std::min(pause * 2, kLongestPause);
  }
}

Result<ChildProcess::Running> ChildProcess::Spawn() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return FailWith("pipe", errno);
  // The child's end keeps its number and loses close-on-exec by being duplicated onto itself.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[0], ends[0]);
  std::vector<std::string> texts{"assayd"};
  for (const auto& argument : arguments_) {
    texts.push_back(argument == "{fd}" ? std::to_string(ends[0]) : argument);
  }
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  Running child;
  const int failure =
      ::posix_spawn(&child.pid, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[0]);
  child.pipe = ends[1];
  if (failure != 0) {
    ::close(ends[1]);
    return FailWith("posix_spawn", failure);
  }
  pid_ = child.pid;
  // Far less than a pipe holds, so that this never waits for the child.
  if (::write(ends[1], secret_.data(), secret_.size()) < 0)
    log::Warn("the connect process took no token");
  log::Info("connect process started", {{"pid", child.pid}});
  return child;
}

bool ChildProcess::WaitFor(const Running& child, const std::stop_token& stop) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0));
  pollfd waiting{handle, POLLIN, 0};
  std::optional<std::chrono::steady_clock::time_point> asked;
  constexpr int kLook = 200;
  while (handle >= 0 && ::poll(&waiting, 1, kLook) == 0) {
    if (!stop.stop_requested()) continue;
    const auto now = std::chrono::steady_clock::now();
    if (!asked) {
      ::kill(child.pid, SIGTERM);
      asked = now;
    } else if (now - *asked > kPatience) {
      ::kill(child.pid, SIGKILL);
    }
  }
  if (handle >= 0) ::close(handle);
  pid_ = -1;  // before the number can become another process's
  int status = 0;
  ::waitpid(child.pid, &status, 0);
  if (stop.stop_requested()) return false;
  log::Warn("connect process ended", {{"pid", child.pid},
                                      {"exit", WIFEXITED(status) ? WEXITSTATUS(status) : -1},
                                      {"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0}});
  return true;
}

Result<std::string> TakeSecretFromParent(int fd) {
  std::string secret;
  char byte = 0;
  while (secret.size() < kSecretMax) {
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailWith("reading the token from the parent process", errno);
    if (got == 0 || byte == '\n') break;
    secret.push_back(byte);
  }
  if (secret.empty())
    return Fail(ErrorCode::kConfiguration, "the parent process handed over no token");
  return secret;
}

ParentWatch::ParentWatch(int fd, std::function<void()> ended)
    : wake_(::eventfd(0, EFD_CLOEXEC)), thread_([this, fd, ended = std::move(ended)] {
        std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {wake_, POLLIN, 0}}};
        for (;;) {
          if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) continue;
          if (waiting[1].revents != 0) return;
          char rest = 0;
          if (::read(fd, &rest, 1) > 0) continue;
          return ended();
        }
      }) {}

ParentWatch::~ParentWatch() {
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(wake_);
}

}  // namespace assayd::daemon
