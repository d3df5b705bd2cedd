#include "daemon/commands/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::daemon {
namespace {

/// Terminal cells, counting each character of UTF-8 once.
std::size_t WidthOf(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & '\xC0') != '\x80'; }));
}

/// RFC 4180, and nothing that a spreadsheet would run or a terminal obey.
std::string CsvField(const std::string& value) {
  std::string text = EscapeForLine(value);
  constexpr std::string_view kFormula = "=+-@";
  const bool number = !text.empty() && text.find_first_not_of("+0123456789.-") == std::string::npos;
  if (!text.empty() && !number && kFormula.find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void PrintCsv(const Json& items, const std::vector<Column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    std::cout << (i == 0 ? "" : ",") << CsvField(columns[i].heading);
  std::cout << "\n";
  for (const auto& item : items) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      std::cout << (i == 0 ? "" : ",") << CsvField(columns[i].text(item));
    std::cout << "\n";
  }
}

void PrintTable(const Json& items, const std::vector<Column>& columns) {
  std::vector<std::vector<std::string>> rows{{}};
  for (const auto& column : columns) rows[0].push_back(column.heading);
  for (const auto& item : items) {
    auto& row = rows.emplace_back();
    for (const auto& column : columns) row.push_back(EscapeForLine(column.text(item)));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - WidthOf(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (columns[i].right ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << "\n";
  }
}

}  // namespace

void PrintItems(const Context& context, const Json& answer, const Json& items,
                const std::vector<Column>& columns) {
  if (context.output == "json") {
    std::cout << JsonText(answer, 2) << "\n";
  } else if (context.output == "csv") {
    PrintCsv(items, columns);
  } else {
    PrintTable(items, columns);
  }
}

void PrintText(const Context& context, const Json& answer, const std::string& text) {
  std::cout << (context.output == "json" ? JsonText(answer, 2) + "\n" : text);
}

std::string JsonText(const Json& value, int indent) {
  std::string text = value.dump(indent);
  const bool plain =
      std::ranges::all_of(Split(text, '\n'), [](auto line) { return EscapeForLine(line) == line; });
  return plain ? text : value.dump(indent, ' ', true);
}

std::string TextOf(const Json& item, const char* member) {
  const auto value = item.find(member);
  if (value == item.end() || value->is_null()) return "-";
  return TextOf(*value);
}

std::string TextOf(const Json& value) {
  return EscapeForLine(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string PointsOf(const Json& value) {
  if (!value.is_number()) return "?";
  std::string text = fmt::format("{:.2f}", value.get<double>());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string PercentOf(const Json& ratio) {
  return ratio.is_number() ? fmt::format("{:.1f} %", ratio.get<double>() * 100) : "unknown";
}

std::string ScoreLine(const std::string& label, const Json& sums) {
  std::string line = fmt::format("{:<26}{:>8} of {:<8} {:>9}", label, PointsOf(sums["points"]),
                                 PointsOf(sums["max_points"]), PercentOf(sums["ratio"]));
  if (sums.contains("unknown_max_points") && sums["unknown_max_points"].get<double>() > 0) {
    const Json& known = sums["ratio_known"];
    line += fmt::format("   known {}, coverage {} ({} points unknown)",
                        known.is_null() ? "-" : PercentOf(known), PercentOf(sums["coverage"]),
                        PointsOf(sums["unknown_max_points"]));
  }
  return line + "\n";
}

std::string LocalTimeOf(const Json& time) {
  if (!time.is_string()) return "-";
  const auto parsed = ParseTime(time.get<std::string>());
  return parsed ? FormatLocalTime(*parsed) : TextOf(time);
}

std::string AgeOf(const Json& seconds) {
  if (!seconds.is_number()) return "-";
  const auto whole = static_cast<std::int64_t>(seconds.get<double>());
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 2 * 3600) return fmt::format("{} min", whole / 60);
  if (whole < 2 * 86'400) return fmt::format("{} h", whole / 3600);
  return fmt::format("{} d", whole / 86'400);
}

}  // namespace assayd::daemon
