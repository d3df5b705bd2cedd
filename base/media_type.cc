#include "base/media_type.h"

#include <algorithm>

#include "base/text.h"

namespace assayd {

std::string MediaTypeOf(std::string_view header) {
  return ToLowerAscii(Trim(header.substr(0, header.find(';'))));
}

bool NamesForeignCharset(std::string_view header) {
  return std::ranges::any_of(Split(header, ';'), [](std::string_view part) {
    const auto equals = part.find('=');
    if (!EqualsIgnoreCaseAscii(Trim(part.substr(0, equals)), "charset")) return false;
    const auto charset = equals == part.npos ? "" : Trim(part.substr(equals + 1));
    return !EqualsIgnoreCaseAscii(charset, "utf-8") && !EqualsIgnoreCaseAscii(charset, "\"utf-8\"");
  });
}

}  // namespace assayd
