#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "daemon/commands/administering.h"
#include "daemon/commands/output.h"
#include "projections/scoring_case.h"

namespace assayd::daemon {
namespace {

constexpr JsonLimits kCaseLimits{
    .bytes_max = 64 * 1024 * 1024, .depth_max = 16, .values_max = 10'000'000};

Result<Json> EvaluateLine(const std::string& line) {
  ASSAYD_TRY(const Json given, ParseJson(line, kCaseLimits));
  return projections::ScoreCase(given);
}

/// One answer per case, in their order; a case that is wrong stops nobody else's.
Exit EvaluateAll(std::istream& cases) {
  Exit exit = Exit::kOk;
  std::string line;
  for (std::size_t number = 1; std::getline(cases, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto expect = EvaluateLine(line);
    if (!expect) {
      exit = Exit::kFailed;
      std::cerr << fmt::format("line {}: {}\n", number, expect.error().context);
    }
    std::cout << JsonText(expect ? *expect : Json{{"error", expect.error().context}}, -1) << "\n";
  }
  std::cout.flush();
  return exit;
}

Result<Exit> Evaluate(const std::string& file) {
  if (file == "-") return EvaluateAll(std::cin);
  std::ifstream cases(file);
  if (!cases) return Fail(ErrorCode::kNotFound, "cannot open " + file);
  return EvaluateAll(cases);
}

}  // namespace

void AddEvaluateCommand(CLI::App& app, Context& context) {
  auto* const evaluate = app.add_subcommand(
      "evaluate", "scores cases, one JSON object per line, as the log is scored");
  evaluate->footer(
      "Examples:\n"
      "  assayd evaluate cases.jsonl\n"
      "  echo '{\"actions\": [{\"id\": \"T\", \"owner\": \"customer\", \"kind\": \"technical\", "
      "\"max\": 27}],\n"
      "         \"assessments\": [{\"id\": \"A1\", \"group\": \"G1\", \"controls\": [{\"id\": "
      "\"C1\", \"actions\": [\"T\"]}]}],\n"
      "         \"state\": [{\"action\": \"T\", \"impl\": \"Implemented\", \"test\": "
      "\"Passed\"}]}' | tr -d '\\n' | assayd evaluate");
  const auto file = std::make_shared<std::string>("-");
  evaluate->add_option("FILE", *file, "the cases; - for standard input")->capture_default_str();
  evaluate->callback([&context, file] { context.RunAlone([file] { return Evaluate(*file); }); });
}

}  // namespace assayd::daemon
