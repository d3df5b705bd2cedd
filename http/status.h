#pragma once

#include <string_view>

namespace assayd::http {

/// The reason phrase of RFC 9110 and RFC 6585; empty for a status that they do not name.
std::string_view ReasonPhrase(int status);

}  // namespace assayd::http
