#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "daemon/commands/context.h"

namespace assayd::daemon {

/// A column of a table: its heading, and what it shows of an item.
struct Column {
  std::string heading;
  std::function<std::string(const Json& item)> text;
  bool right = false;  ///< numbers stand at the right
};

/// Prints items as a table, CSV, or the JSON that was received, to stdout.
void PrintItems(const Context& context, const Json& answer, const Json& items,
                const std::vector<Column>& columns);
/// Prints lines for people, or the JSON.
void PrintText(const Context& context, const Json& answer, const std::string& text);
/// The JSON, in as many lines as an indent of 2 makes or in one (-1), with no character that a
/// terminal would obey: those are escaped, and so is all that is not ASCII beside them.
std::string JsonText(const Json& value, int indent);

// How values look to people: nothing in them moves a terminal's cursor or leaves its line.
std::string TextOf(const Json& item, const char* member);  ///< "-" for null
std::string TextOf(const Json& value);
std::string PointsOf(const Json& value);   ///< "27" or "13.5", two decimals at most; "?" for null
std::string PercentOf(const Json& ratio);  ///< "64.3 %"; "unknown" for null
/// "Compliance score  862.15 of 1340  64.3 %", and behind it what is known of it where not all is.
std::string ScoreLine(const std::string& label, const Json& sums);
std::string LocalTimeOf(const Json& time);  ///< "-" for null
std::string AgeOf(const Json& seconds);     ///< "3 min"; "-" for null

}  // namespace assayd::daemon
