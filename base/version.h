#pragma once

namespace assayd {

/// The version of the program, as CMakeLists.txt says: "1.2.3".
const char* Version();

}  // namespace assayd
