#pragma once

#include <string>
#include <string_view>

namespace assayd::connectors::graph {

/// What a service says of its refusal.
struct ErrorBody {
  bool is_json = false;
  std::string code;     ///< may be empty even in a proper error
  std::string message;  ///< as sent; may hold names and tokens, so that only Excerpt of it is kept
};

/// Reads every form that is seen in practice: {"error": {code, message, innerError|innererror
/// {…}}}, Exchange's with the text in error.innererror.internalexception.message, {"errorCode",
/// "message"}; HTML, NUL bytes and the empty body are no JSON and give nothing else.
ErrorBody ReadErrorBody(std::string_view body);

}  // namespace assayd::connectors::graph
