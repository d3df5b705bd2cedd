#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::log {
namespace {

struct Sink {
  std::shared_ptr<spdlog::logger> logger = spdlog::stderr_color_mt("assayd");
  Format format = Format::kText;
};

Sink& TheSink() {
  static Sink sink = [] {
    Sink made;
    made.logger->set_level(spdlog::level::info);
    made.logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return sink;
}

spdlog::level::level_enum Translate(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

constexpr std::array<std::string_view, 6> kLevelNames{"trace", "debug", "info",
                                                      "warn",  "error", "off"};

bool NeedsQuotes(std::string_view text) {
  return text.empty() || text.find_first_of(" =\"") != std::string_view::npos;
}

std::string AsText(std::string_view message, Fields fields) {
  std::string line = EscapeForLine(message);
  for (const auto& field : fields) {
    const std::string value = EscapeForLine(field.value);
    line += fmt::format(" {}=", field.key);
    if (!NeedsQuotes(value)) {
      line += value;
      continue;
    }
    line += '"';
    for (const char c : value) line += c == '"' ? std::string("\\\"") : std::string(1, c);
    line += '"';
  }
  return line;
}

std::string AsJson(Level level, std::string_view message, Fields fields) {
  nlohmann::ordered_json line;
  line["time"] = FormatTime(SystemClock().Now());
  line["level"] = kLevelNames[static_cast<std::size_t>(level)];
  line["message"] = EscapeForLine(message);
  for (const auto& field : fields) line[std::string(field.key)] = EscapeForLine(field.value);
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Field::Field(std::string_view name, TimePoint time) : key(name), value(FormatTime(time)) {}

void Configure(const Options& options) {
  Sink& sink = TheSink();
  sink.format = options.format;
  sink.logger->set_level(Translate(options.level));
  if (options.format == Format::kJson) sink.logger->set_pattern("%v");
}

std::optional<Level> ParseLevel(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<Level>(i);
  }
  return std::nullopt;
}

void Write(Level level, std::string_view message, Fields fields) {
  Sink& sink = TheSink();
  if (!sink.logger->should_log(Translate(level))) return;
  const std::string line =
      sink.format == Format::kJson ? AsJson(level, message, fields) : AsText(message, fields);
  sink.logger->log(Translate(level), std::string_view(line));
}

}  // namespace assayd::log
