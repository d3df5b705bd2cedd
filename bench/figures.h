#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

/// What every benchmark program shares: its arguments, medians, and the line that it prints.
namespace assayd::bench {

struct Arguments {
  bool quick = false;            ///< a tenth of the work, three runs
  std::filesystem::path cache;   ///< on the disk that is measured; kept between calls
  std::filesystem::path data;    ///< folder with azure-policy/; empty: a generated graph
  std::filesystem::path assayd;  ///< the program that is measured from outside
  std::filesystem::path catalogue;

  [[nodiscard]] int runs() const { return quick ? 3 : 5; }
};

/// --quick, --cache DIR, --data DIR (default $ASSAYD_REAL_DATA), --assayd FILE, --catalogue DIR.
/// Ends the program with status 2 on anything else.
Arguments ReadArguments(int argc, char** argv);

double Median(std::vector<double> values);
/// The value below which `part` (0…1) of them lie.
double Percentile(std::vector<double> values, double part);

/// One line of the table.
struct Figure {
  std::string what;
  std::string ours;
  std::string limit;  ///< what was measured beside it in the same run
  double ratio = 0;   ///< ours over limit
  std::string reach;
  bool ok = false;
};
/// "figure|what|ours|limit|ratio|reach|ok" on stdout; run.sh makes the table of it.
void Print(const Figure& figure);
/// "note|text": printed below the table.
void Note(const std::string& text);

/// "1.52 M/s", "830 k/s".
std::string Rate(double per_second);
/// "7.2 us", "3.1 ms", "12.4 s".
std::string Duration(double seconds);

/// Of this process so far, all threads: what other programs on the machine do not move.
double ProcessorSeconds();

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// Ends the program with the error's text.
[[noreturn]] void Stop(const Error& error);
template <class T>
T Must(Result<T> result) {
  if (!result) Stop(result.error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace assayd::bench
