#include "base/version.h"

namespace assayd {

const char* Version() { return ASSAYD_VERSION; }

}  // namespace assayd
