#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "daemon/metrics/families.h"

namespace assayd::daemon {
namespace {

/// The fields of /proc/self/stat behind the command's name, which may hold spaces itself; the first
/// is the state, field 3 of proc(5).
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  std::vector<std::string> fields;
  const auto end = text.rfind(')');
  if (end == std::string::npos || end + 2 > text.size()) return fields;
  for (const auto field : Split(std::string_view(text).substr(end + 2), ' '))
    fields.emplace_back(field);
  return fields;
}

double NumberIn(const std::vector<std::string>& fields, std::size_t number) {
  constexpr std::size_t kFirst = 3;
  if (number - kFirst >= fields.size()) return 0;
  const std::string& text = fields[number - kFirst];
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return static_cast<double>(value);
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

double OpenFiles() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++count;
  return count > 0 ? count - 1 : 0;  // without the one that is reading
}

}  // namespace

void AddProcessFigures(Families& families) {
  const auto fields = StatFields();
  const auto gauge = [&](const char* name, const char* help, double value) {
    Add(families.Gauge(name, help), {}, value);
  };
  if (!fields.empty()) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    constexpr std::size_t kUserTime = 14;
    constexpr std::size_t kSystemTime = 15;
    constexpr std::size_t kStartTime = 22;
    constexpr std::size_t kVirtualBytes = 23;
    constexpr std::size_t kResidentPages = 24;
    Add(families.Counter("process_cpu_seconds_total", "User and system CPU time."), {},
        (NumberIn(fields, kUserTime) + NumberIn(fields, kSystemTime)) / ticks);
    gauge("process_start_time_seconds", "When the process began.",
          BootTime() + NumberIn(fields, kStartTime) / ticks);
    gauge("process_virtual_memory_bytes", "Virtual memory.", NumberIn(fields, kVirtualBytes));
    gauge("process_resident_memory_bytes", "Resident memory.",
          NumberIn(fields, kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  gauge("process_open_fds", "Open file descriptors.", OpenFiles());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    gauge("process_max_fds", "Most file descriptors that may be open.",
          static_cast<double>(limit.rlim_cur));
}

}  // namespace assayd::daemon
