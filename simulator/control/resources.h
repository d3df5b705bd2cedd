#pragma once

#include "simulator/control/control_call.h"

namespace assayd::simulator {

// Each answers one resource of the control endpoint, with all its methods.
Answer AnswerTenants(const ControlCall& control);
Answer AnswerSettings(const ControlCall& control);
Answer AnswerScenarios(const ControlCall& control);
Answer AnswerHistory(const ControlCall& control);
Answer AnswerFaults(const ControlCall& control);
Answer AnswerRequests(const ControlCall& control);
Answer AnswerClock(const ControlCall& control);
Answer AnswerCaptures(const ControlCall& control);
Answer AnswerCredentials(const ControlCall& control);
Answer AnswerBehaviour(const ControlCall& control);

}  // namespace assayd::simulator
