#include "bench/daemon_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "base/crypto.h"
#include "base/text.h"
#include "bench/long_log.h"

namespace assayd::bench {
namespace {

namespace fs = std::filesystem;

void WritePrivate(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

std::string TokenLine(const char* name, const char* role, const char* token) {
  return fmt::format("{} {} * sha256:{}\n", name, role, ToHex(HashOf(token)));
}

/// The configuration, beside the store.
fs::path Configure(const DaemonProcess::Options& options) {
  const std::string base = options.store.string();
  const fs::path tokens = base + ".tokens";
  WritePrivate(tokens, TokenLine("load", "ingest", DaemonProcess::kIngestToken) +
                           TokenLine("probe", "reader", DaemonProcess::kReadToken));
  std::string text = fmt::format(
      "server: {{listen: '127.0.0.1:0', token_file: '{}'}}\n"
      "store: {{path: '{}'}}\n"
      "catalogue: {{paths: ['{}', '{}']}}\nlog: {{level: error}}\ntenants:\n",
      tokens.string(), base, options.shipped_catalogue.string(), options.more_catalogue.string());
  for (std::uint32_t number = 0; number < options.tenants; ++number) {
    text += fmt::format("  - {{alias: {}, tenant_id: {}}}\n", AliasNumber(number),
                        TenantNumber(number).ToString());
  }
  const fs::path file = base + ".yaml";
  WritePrivate(file, text);
  return file;
}

}  // namespace

DaemonProcess::DaemonProcess(const Options& options) {
  const std::string file = Configure(options).string();
  const std::string program = options.program.string();
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) Stop({ErrorCode::kIo, "no pipe"});
  const Stopwatch watch;
  process_ = ::fork();
  if (process_ == 0) {
    // Not left behind by a benchmark that stops.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output[1], STDOUT_FILENO);
    ::execl(program.c_str(), program.c_str(), "serve", "--config", file.c_str(), nullptr);
    std::perror(program.c_str());
    ::_exit(127);
  }
  ::close(output[1]);
  std::FILE* const lines = ::fdopen(output[0], "r");
  char line[256];
  unsigned port = 0;
  while (port == 0 && std::fgets(line, sizeof line, lines) != nullptr) {
    const std::string_view text = line;
    const auto colon = text.rfind(':');
    if (text.starts_with("listening url=")) std::sscanf(line + colon + 1, "%u", &port);
  }
  seconds_to_ready_ = watch.seconds();
  std::fclose(lines);
  if (port == 0) Stop({ErrorCode::kInternal, "assayd serve did not start"});
  port_ = static_cast<std::uint16_t>(port);
}

DaemonProcess::~DaemonProcess() { Kill(); }

void DaemonProcess::Kill() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

double DaemonProcess::resident() const {
  std::ifstream statm(fmt::format("/proc/{}/statm", process_));
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double DaemonProcess::processor_seconds() const {
  std::ifstream stat(fmt::format("/proc/{}/stat", process_));
  std::string text;
  std::getline(stat, text);
  const auto words = Split(std::string_view(text).substr(text.rfind(')') + 2), ' ');
  constexpr std::size_t kUser = 11;  // fields of proc(5), counted behind the name
  const double ticks =
      std::stod(std::string(words[kUser])) + std::stod(std::string(words[kUser + 1]));
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace assayd::bench
