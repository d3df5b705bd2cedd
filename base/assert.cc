#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace assayd {

void AssertionFailed(const char* what, std::source_location where) {
  std::fprintf(stderr, "assayd: assertion failed: %s at %s:%u in %s\n", what, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace assayd
