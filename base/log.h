#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/uuid.h"

/// The log: one line per change of state, `key=value` fields, never secrets, names, addresses or
/// payloads. error = a person must act now; warn = will become an error, or data is incomplete;
/// info = start, stop, reconnect; debug = per poll; trace = per event. Safe from every thread.
namespace assayd::log {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class Format { kText, kJson };

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kText;
};

struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text) {}
  Field(std::string_view name, bool flag) : key(name), value(flag ? "true" : "false") {}
  Field(std::string_view name, const Uuid& id) : key(name), value(id.ToString()) {}
  Field(std::string_view name, TimePoint time);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name, T number) : key(name), value(std::to_string(number)) {}
};
using Fields = std::initializer_list<Field>;

/// Lines go to stderr, so that stdout stays for data. Call once, before other threads exist.
void Configure(const Options& options);
std::optional<Level> ParseLevel(std::string_view name);

void Write(Level level, std::string_view message, Fields fields);

inline void Trace(std::string_view message, Fields fields = {}) {
  Write(Level::kTrace, message, fields);
}
inline void Debug(std::string_view message, Fields fields = {}) {
  Write(Level::kDebug, message, fields);
}
inline void Info(std::string_view message, Fields fields = {}) {
  Write(Level::kInfo, message, fields);
}
inline void Warn(std::string_view message, Fields fields = {}) {
  Write(Level::kWarn, message, fields);
}
inline void Error(std::string_view message, Fields fields = {}) {
  Write(Level::kError, message, fields);
}

}  // namespace assayd::log
