#pragma once

#include <string>

#include "simulator/answer.h"
#include "simulator/cloud.h"

namespace assayd::simulator {

/// The Management Activity API under /api/v1.0/{tenant}/activity/feed/: `rest` is what follows.
/// Subscriptions start, stop and list; content lists blobs of at most 24 hours; each blob holds the
/// records of one change. Only Audit.Exchange ever has content.
Answer AnswerActivityFeed(Cloud& cloud, const Call& call, const std::string& tenant,
                          const std::string& rest);

/// The error form of that API: code and message.
Answer ActivityError(int status, const std::string& code, const std::string& message);

}  // namespace assayd::simulator
