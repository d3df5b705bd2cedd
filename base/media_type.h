#pragma once

#include <string>
#include <string_view>

namespace assayd {

/// The type of a Content-Type header: lower case, without parameters.
std::string MediaTypeOf(std::string_view header);

/// Whether the header says that what it is about is in another encoding than UTF-8, which JSON is
/// in.
bool NamesForeignCharset(std::string_view header);

}  // namespace assayd
