#pragma once

#include "daemon/commands/context.h"

namespace CLI {
class App;
}

namespace assayd::daemon {

/// score, actions, action, explain, controls, secure-score: how a tenant stands.
void AddStateCommands(CLI::App& app, Context& context);
/// action set|assign|accept-risk below `action`; undo.
void AddActionCommands(CLI::App& app, CLI::App& action, Context& context);
/// what-if, back-test, diff, projection, uptime, evidence, scores, compare: what would be, and why
/// it is as it is.
void AddQuestionCommands(CLI::App& app, Context& context);
/// history, regressions, events: what happened.
void AddPastCommands(CLI::App& app, Context& context);
/// templates, assessment: what is assessed.
void AddAssessmentCommands(CLI::App& app, Context& context);
/// tenants, sources, quarantine, gate.
void AddFleetCommands(CLI::App& app, Context& context);

}  // namespace assayd::daemon
