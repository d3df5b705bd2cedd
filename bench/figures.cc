#include "bench/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string_view>

namespace assayd::bench {
namespace {

constexpr int kUsage = 2;

[[noreturn]] void Usage(std::string_view argument) {
  std::cerr << "unknown argument '" << argument
            << "'; known: --quick --cache DIR --data DIR --assayd FILE --catalogue DIR\n";
  std::exit(kUsage);
}

}  // namespace

Arguments ReadArguments(int argc, char** argv) {
  Arguments arguments;
  if (const char* const data = std::getenv("ASSAYD_REAL_DATA")) arguments.data = data;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quick") {
      arguments.quick = true;
      continue;
    }
    std::filesystem::path* const value = name == "--cache"       ? &arguments.cache
                                         : name == "--data"      ? &arguments.data
                                         : name == "--assayd"    ? &arguments.assayd
                                         : name == "--catalogue" ? &arguments.catalogue
                                                                 : nullptr;
    if (value == nullptr || i + 1 == argc) Usage(name);
    *value = std::filesystem::absolute(argv[++i]);
  }
  if (arguments.cache.empty()) Usage("(--cache is missing)");
  std::filesystem::create_directories(arguments.cache);
  return arguments;
}

double Percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(part * last + 0.5)];
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Print(const Figure& figure) {
  std::cout << fmt::format("figure|{}|{}|{}|{:.2f}|{}|{}\n", figure.what, figure.ours, figure.limit,
                           figure.ratio, figure.reach, figure.ok ? "ok" : "MISS")
            << std::flush;
}

void Note(const std::string& text) { std::cout << "note|" << text << std::endl; }

std::string Rate(double per_second) {
  return per_second >= 1e6 ? fmt::format("{:.2f} M/s", per_second / 1e6)
                           : fmt::format("{:.0f} k/s", per_second / 1e3);
}

std::string Duration(double seconds) {
  constexpr double kMilli = 1e-3;
  constexpr double kMicro = 1e-6;
  if (seconds >= 1) return fmt::format("{:.2f} s", seconds);
  if (seconds >= kMilli) return fmt::format("{:.2f} ms", seconds / kMilli);
  return fmt::format("{:.1f} us", seconds / kMicro);
}

double ProcessorSeconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

void Stop(const Error& error) {
  std::cerr << "benchmark stopped: " << error.ToString() << std::endl;
  std::cout.flush();
  // Other threads still use what exit would take down.
  std::_Exit(EXIT_FAILURE);
}

}  // namespace assayd::bench
