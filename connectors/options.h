#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connectors/bearer_source.h"
#include "connectors/client_credential.h"

namespace assayd::connectors {

struct SourceOptions {
  bool enabled = true;
  std::optional<Milliseconds> interval;  ///< the schema's own without
};

/// One tenant to watch.
struct TenantOptions {
  std::string directory_id;
  std::string alias;      ///< for commands and for people; never in a signal
  std::string authority;  ///< "https://login.microsoftonline.com"
  std::string graph;      ///< "https://graph.microsoft.com"; empty: its sources are off
  std::string exchange;   ///< "https://outlook.office365.com"; empty: its sources are off
  ClientCredential credential;
  std::filesystem::path ca_file;
  std::map<std::string, SourceOptions> sources;  ///< those not named are on, with their defaults
};

/// The daemon that takes signals and gives commands.
struct DaemonOptions {
  std::string url;  ///< empty: no commands are asked for
  BearerSource bearer;
  std::filesystem::path ca_file;
  Milliseconds command_deadline{60'000};
};

struct ConnectorOptions {
  std::filesystem::path state_folder;
  DaemonOptions daemon;
  std::size_t outbox_bytes_max = 64U * 1024 * 1024;
  Milliseconds read_deadline{300'000};    ///< of all pages of one read
  Milliseconds request_deadline{30'000};  ///< of one request
  std::size_t reads_per_tenant = 2;       ///< at once
};

}  // namespace assayd::connectors
