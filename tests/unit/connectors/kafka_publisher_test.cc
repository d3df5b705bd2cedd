#include "connectors/kafka/kafka_publisher.h"

// clang-format off
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
// clang-format on

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "connectors/kafka/handles.h"
#include "domain/signal.h"
#include "tests/fakes/temporary_folder.h"

namespace assayd::connectors::kafka {
namespace {

constexpr const char* kTopic = "assayd.signals";

struct ClusterDeleter {
  void operator()(rd_kafka_mock_cluster_t* cluster) const {
    rd_kafka_mock_cluster_destroy(cluster);
  }
};
struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};

struct Received {
  std::string key;
  std::map<std::string, std::string> headers;
  std::string value;
  std::int32_t partition = 0;
};

/// Brokers in this process, and what they hold.
class Brokers {
 public:
  Brokers() {
    host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0));
    cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), 3));
    rd_kafka_mock_topic_create(cluster_.get(), kTopic, kPartitions, 3);
  }

  [[nodiscard]] PublisherOptions Options() const {
    PublisherOptions options;
    options.brokers = {rd_kafka_mock_cluster_bootstraps(cluster_.get())};
    options.deadline = Milliseconds(5'000);
    // These brokers do not look at sequence numbers, which is what tells a retry from a duplicate
    // and a gap from an order: one request per partition leaves nothing to tell.
    options.properties = {{"retry.backoff.ms", "20"}, {"linger.ms", "50"}};
    return options;
  }
  void FailProduce(std::initializer_list<rd_kafka_resp_err_t> errors) {
    for (const auto error : errors) {
      rd_kafka_mock_push_request_errors(cluster_.get(), 0 /* Produce */, 1, error);
    }
  }
  void Down(bool down) {
    for (int broker = 1; broker <= 3; ++broker) {
      if (down) {
        rd_kafka_mock_broker_set_down(cluster_.get(), broker);
      } else {
        rd_kafka_mock_broker_set_up(cluster_.get(), broker);
      }
    }
  }

  /// Waits for `count` messages of all partitions, and a moment for more.
  std::vector<Received> Read(std::size_t count) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_.get()),
                      nullptr, 0);
    rd_kafka_conf_set(conf, "group.id", "test", nullptr, 0);
    rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", nullptr, 0);
    const ClientHandle consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0));
    rd_kafka_poll_set_consumer(consumer.get());
    rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(kPartitions);
    for (int i = 0; i < kPartitions; ++i) {
      rd_kafka_topic_partition_list_add(list, kTopic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(consumer.get(), list);
    rd_kafka_topic_partition_list_destroy(list);
    std::vector<Received> received;
    for (int waits = 0; waits < 50; ++waits) {
      const bool enough = received.size() >= count;
      const std::unique_ptr<rd_kafka_message_t, MessageDeleter> message(
          rd_kafka_consumer_poll(consumer.get(), enough ? 50 : 200));
      if (enough && !message) break;
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) received.push_back(Take(*message));
    }
    rd_kafka_consumer_close(consumer.get());
    return received;
  }

 private:
  static constexpr int kPartitions = 4;

  static Received Take(const rd_kafka_message_t& message) {
    Received received;
    received.key.assign(static_cast<const char*>(message.key), message.key_len);
    received.value.assign(static_cast<const char*>(message.payload), message.len);
    received.partition = message.partition;
    rd_kafka_headers_t* headers = nullptr;
    rd_kafka_message_headers(&message, &headers);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
      received.headers[name] = std::string(static_cast<const char*>(value), size);
    }
    return received;
  }

  ClientHandle host_;
  std::unique_ptr<rd_kafka_mock_cluster_t, ClusterDeleter> cluster_;
};

std::vector<Outbox::Outgoing> Signals(int count, int tenants = 2) {
  std::vector<Outbox::Outgoing> signals;
  for (int i = 0; i < count; ++i) {
    domain::Signal signal;
    signal.id = "id-" + std::to_string(i);
    signal.tenant = "3f1c0000-0000-4000-8000-00000000000" + std::to_string(i % tenants);
    signal.source_name = "security-defaults";
    signal.source = domain::SignalSource(signal.tenant, signal.source_name);
    signal.type = domain::SignalType::kSourceHeartbeat;
    signal.subject = "graph/identitySecurityDefaultsEnforcementPolicy";
    signal.time = FromMillis(1'700'000'000'000 + i);
    signal.data = {{"number", i}};
    signals.push_back({static_cast<std::uint64_t>(i), DumpJson(domain::ToStructured(signal))});
  }
  return signals;
}

std::size_t Taken(const PublishReport& report) {
  return static_cast<std::size_t>(std::ranges::count(report.verdicts, Verdict::kTaken));
}

/// Tries again until all are taken.
bool TakenWithin(KafkaPublisher& publisher, const std::vector<Outbox::Outgoing>& signals,
                 std::chrono::seconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < deadline) {
    if (Taken(publisher.Publish(signals)) == signals.size()) return true;
  }
  return false;
}

TEST(KafkaPublisherTest, SendsCloudEventsInBinaryModeKeyedByTenant) {
  Brokers brokers;
  KafkaPublisher publisher(brokers.Options());
  const auto signals = Signals(20);
  const auto report = publisher.Publish(signals);
  EXPECT_EQ(Taken(report), 20U);
  EXPECT_FALSE(report.problem);

  const auto received = brokers.Read(20);
  ASSERT_EQ(received.size(), 20U);
  std::map<std::string, std::set<std::int32_t>> partitions;
  std::map<std::string, int> last;
  for (const auto& message : received) {
    const auto parsed = domain::FromBinary(
        [&](std::string_view name) -> std::optional<std::string> {
          const auto found = message.headers.find("ce_" + std::string(name));
          if (found == message.headers.end()) return std::nullopt;
          return found->second;
        },
        message.value);
    ASSERT_TRUE(parsed) << parsed.error().ToString();
    EXPECT_EQ(parsed->tenant, message.key);
    EXPECT_EQ(message.headers.at("content-type"), "application/json");
    EXPECT_EQ(message.headers.at("ce_partitionkey"), message.key);
    const int number = Json::parse(message.value)["number"];
    EXPECT_EQ(parsed->id, "id-" + std::to_string(number));
    partitions[message.key].insert(message.partition);
    EXPECT_LT(last.emplace(message.key, -1).first->second, number) << "in order per tenant";
    last[message.key] = number;
  }
  EXPECT_EQ(partitions.size(), 2U);
  for (const auto& [tenant, of_tenant] : partitions) EXPECT_EQ(of_tenant.size(), 1U);
}

TEST(KafkaPublisherTest, RetriesWhatPassesWithoutDuplicates) {
  Brokers brokers;
  KafkaPublisher publisher(brokers.Options());
  ASSERT_EQ(Taken(publisher.Publish(Signals(1))), 1U);
  brokers.FailProduce({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                       RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  const auto report = publisher.Publish(Signals(10));
  EXPECT_EQ(Taken(report), 10U);
  EXPECT_EQ(brokers.Read(11).size(), 11U) << "no duplicates";
}

TEST(KafkaPublisherTest, WhatTheBrokerNeverTakesIsRefused) {
  Brokers brokers;
  KafkaPublisher publisher(brokers.Options());
  ASSERT_EQ(Taken(publisher.Publish(Signals(1))), 1U);
  brokers.FailProduce({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  auto report = publisher.Publish(Signals(1));
  EXPECT_EQ(report.verdicts[0], Verdict::kRefused);
  ASSERT_EQ(report.refusals.size(), 1U);
  EXPECT_NE(report.refusals[0].reason.find("MSG_SIZE_TOO_LARGE"), std::string::npos);

  std::vector<Outbox::Outgoing> nonsense{{0, "{}"}};
  report = publisher.Publish(nonsense);
  EXPECT_EQ(report.verdicts[0], Verdict::kRefused);
  EXPECT_EQ(Taken(publisher.Publish(Signals(1))), 1U);
}

TEST(KafkaPublisherTest, MissingRightsAreTriedAgain) {
  Brokers brokers;
  KafkaPublisher publisher(brokers.Options());
  ASSERT_EQ(Taken(publisher.Publish(Signals(1))), 1U);
  brokers.FailProduce({RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const auto report = publisher.Publish(Signals(1));
  EXPECT_EQ(report.verdicts[0], Verdict::kTryAgain);
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->code, ErrorCode::kForbidden);
  // The library believes the answer until it has asked for the topic again.
  EXPECT_TRUE(TakenWithin(publisher, Signals(1), std::chrono::seconds(10)));
}

TEST(KafkaPublisherTest, ReplacesItsProducerAfterAFatalError) {
  Brokers brokers;
  KafkaPublisher publisher(brokers.Options());
  ASSERT_EQ(Taken(publisher.Publish(Signals(3))), 3U);
  auto* const client = static_cast<rd_kafka_t*>(publisher.producer()->handle());
  ASSERT_EQ(
      rd_kafka_test_fatal_error(client, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test"),
      RD_KAFKA_RESP_ERR_NO_ERROR);
  const auto failed = publisher.Publish(Signals(3));
  EXPECT_EQ(Taken(failed), 0U);
  ASSERT_TRUE(failed.problem);
  EXPECT_EQ(publisher.producer(), nullptr);
  EXPECT_EQ(Taken(publisher.Publish(Signals(3))), 3U);
  EXPECT_EQ(brokers.Read(6).size(), 6U);
}

TEST(KafkaPublisherTest, AFatalErrorOfTheBrokerLosesNothing) {
  Brokers brokers;
  KafkaPublisher publisher(brokers.Options());
  ASSERT_EQ(Taken(publisher.Publish(Signals(1))), 1U);
  brokers.FailProduce({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  const auto signals = Signals(5, 1);
  std::set<std::size_t> taken;
  for (int round = 0; round < 3; ++round) {
    const auto report = publisher.Publish(signals);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (report.verdicts[i] == Verdict::kTaken) taken.insert(i);
    }
  }
  EXPECT_EQ(taken.size(), 5U);
  std::set<std::string> ids;
  for (const auto& message : brokers.Read(5)) ids.insert(message.headers.at("ce_id"));
  EXPECT_EQ(ids.size(), 5U);
}

TEST(KafkaPublisherTest, WaitsNoLongerThanItsDeadlineForBrokersThatAreAway) {
  Brokers brokers;
  auto options = brokers.Options();
  options.deadline = Milliseconds(300);
  KafkaPublisher publisher(options);
  brokers.Down(true);
  const auto start = std::chrono::steady_clock::now();
  const auto report = publisher.Publish(Signals(5));
  EXPECT_EQ(Taken(report), 0U);
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->code, ErrorCode::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  brokers.Down(false);
  std::size_t taken = 0;
  for (int round = 0; round < 20 && taken == 0; ++round)
    taken = Taken(publisher.Publish(Signals(5)));
  EXPECT_EQ(taken, 5U);
}

TEST(KafkaPublisherTest, ReadsItsSecretsFromPrivateFiles) {
  const fakes::TemporaryFolder folder;
  PublisherOptions options;
  options.brokers = {"127.0.0.1:1"};
  options.deadline = Milliseconds(100);
  options.security = {.protocol = "sasl_ssl",
                      .mechanism = "PLAIN",
                      .username_file = folder.path() / "user",
                      .password_file = folder.path() / "password"};
  std::ofstream(options.security.username_file) << "carol\n";
  std::ofstream(options.security.password_file) << "hunter2\n";
  const auto problem = [&] {
    const auto made = Producer::Make(options);
    return made ? Error{ErrorCode::kInternal, ""} : made.error();
  };
  EXPECT_EQ(problem().code, ErrorCode::kPermissionDenied);
  ::chmod(options.security.username_file.c_str(), 0600);
  ::chmod(options.security.password_file.c_str(), 0600);
  const auto made = Producer::Make(options);
  ASSERT_TRUE(made) << made.error().ToString();

  options.security.mechanism = "NTLM\x01";
  options.properties["no.such.property"] = "hunter2";
  EXPECT_EQ(problem().code, ErrorCode::kConfiguration);
  EXPECT_EQ(problem().context.find("hunter2"), std::string::npos);
  options.properties.clear();
  options.security = {.protocol = "ssl", .ca_file = folder.path() / "none"};
  EXPECT_EQ(problem().code, ErrorCode::kConfiguration);
}

TEST(KafkaPublisherTest, PromisesCannotBeConfiguredAway) {
  PublisherOptions options;
  options.brokers = {"127.0.0.1:1"};
  options.properties = {{"enable.idempotence", "false"},
                        {"acks", "0"},
                        {"partitioner", "random"},
                        {"enable.ssl.certificate.verification", "false"}};
  const auto made = Producer::Make(options);
  ASSERT_TRUE(made) << made.error().ToString();
  auto* const client = static_cast<rd_kafka_t*>((*made)->handle());
  const auto value = [&](const char* name) {
    char text[100];
    std::size_t size = sizeof text;
    const auto result = rd_kafka_conf_get(rd_kafka_conf(client), name, text, &size);
    return result == RD_KAFKA_CONF_OK ? std::string(text) : "?";
  };
  EXPECT_EQ(value("enable.idempotence"), "true");
  EXPECT_EQ(value("enable.ssl.certificate.verification"), "true");
  EXPECT_EQ(value("ssl.endpoint.identification.algorithm"), "https");
}

}  // namespace
}  // namespace assayd::connectors::kafka
