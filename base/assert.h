#pragma once

#include <source_location>

namespace assayd {

/// Prints `what` with its place to stderr and aborts. Never returns.
[[noreturn]] void AssertionFailed(const char* what,
                                  std::source_location where = std::source_location::current());

}  // namespace assayd

/// For errors of the programmer only, never for input; stays on in release builds.
#define ASSAYD_ASSERT(condition)                             \
  do {                                                       \
    if (!(condition)) ::assayd::AssertionFailed(#condition); \
  } while (false)
