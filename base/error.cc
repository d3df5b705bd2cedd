#include "base/error.h"

namespace assayd {

std::string_view ErrorText(ErrorCode code) {
  switch (code) {
#define ASSAYD_ERROR(name, number, text, hint) \
  case ErrorCode::k##name:                     \
    return text;
#include "base/error_codes.def"
#undef ASSAYD_ERROR
  }
  return "internal";
}

std::string_view ErrorHint(ErrorCode code) {
  switch (code) {
#define ASSAYD_ERROR(name, number, text, hint) \
  case ErrorCode::k##name:                     \
    return hint;
#include "base/error_codes.def"
#undef ASSAYD_ERROR
  }
  return "";
}

std::string Error::ToString() const {
  std::string result(ErrorText(code));
  if (!context.empty()) result.append(": ").append(context);
  return result;
}

}  // namespace assayd
