#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

namespace assayd::connectors::kafka {

/// How to reach brokers. Files are read when a connection is made, so that they can be replaced;
/// those that hold secrets must be readable by their owner only.
struct SecurityOptions {
  std::string protocol = "plaintext";  ///< plaintext | ssl | sasl_plaintext | sasl_ssl
  std::string mechanism;               ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; with sasl_…
  std::filesystem::path username_file;
  std::filesystem::path password_file;
  std::filesystem::path ca_file;
  std::filesystem::path certificate_file;
  std::filesystem::path private_key_file;
};

struct PublisherOptions {
  std::vector<std::string> brokers;  ///< "host:port"
  std::string topic = "assayd.signals";
  SecurityOptions security;
  /// How long one signal may be on its way before it is tried again.
  Milliseconds deadline{30'000};
  /// Further properties of librdkafka. Those on which promises rest (acks, idempotence,
  /// partitioner, verification) cannot be set.
  std::map<std::string, std::string> properties;
};

}  // namespace assayd::connectors::kafka
