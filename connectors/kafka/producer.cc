#include "connectors/kafka/producer.h"

#include <fmt/format.h>

#include <array>

#include "base/file_system.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "connectors/kafka/handles.h"

namespace assayd::connectors::kafka {
namespace {

constexpr std::size_t kTextBytes = 512;
/// A signal of the greatest size with its headers.
constexpr const char* kMessageBytesMax = "1100000";

Error Translate(rd_kafka_resp_err_t error) {
  ErrorCode code = ErrorCode::kUpstream;
  switch (error) {
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      code = ErrorCode::kTimeout;
      break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      code = ErrorCode::kRefused;
      break;
    case RD_KAFKA_RESP_ERR__RESOLVE:
      code = ErrorCode::kDns;
      break;
    case RD_KAFKA_RESP_ERR__SSL:
      code = ErrorCode::kTls;
      break;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      code = ErrorCode::kUnauthorized;
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      code = ErrorCode::kForbidden;
      break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      code = ErrorCode::kNotFound;
      break;
    default:
      break;
  }
  return {code, fmt::format("kafka: {}", rd_kafka_err2name(error))};
}

Fate FateOf(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return Fate::kDelivered;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      return Fate::kRefused;
    default:
      return Fate::kFailed;
  }
}

/// Numbers travel as the library's opaque pointers and never point anywhere.
void* AsOpaque(std::uint64_t number) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(number + 1));
}
std::uint64_t NumberOf(const void* opaque) {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(opaque)) - 1;
}

void OnLog(const rd_kafka_t* /*client*/, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;
  const auto level_here = level <= kWarning ? log::Level::kWarn : log::Level::kDebug;
  log::Write(level_here, "kafka", {{"facility", facility}, {"text", EscapeForLine(text)}});
}

/// Sets properties until one is refused.
class Configuration {
 public:
  Configuration() : handle_(rd_kafka_conf_new()) {}

  void Set(const std::string& name, const std::string& value) {
    std::array<char, kTextBytes> text{};
    const auto result =
        rd_kafka_conf_set(handle_.get(), name.c_str(), value.c_str(), text.data(), text.size());
    // The library's text would repeat the value, which may be a password.
    if (result != RD_KAFKA_CONF_OK && !problem_) {
      problem_ =
          Error{ErrorCode::kConfiguration, fmt::format("kafka: property {} is refused", name)};
    }
  }
  Result<> SetFromFile(const std::string& name, const std::filesystem::path& file) {
    if (file.empty()) return {};
    ASSAYD_TRY(const std::string text, ReadSecretFile(file));
    const Secret secret(text);
    Set(name, std::string(secret.Reveal()));
    return {};
  }
  void SetPath(const std::string& name, const std::filesystem::path& file) {
    if (!file.empty()) Set(name, file.string());
  }

  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }
  rd_kafka_conf_t* get() { return handle_.get(); }
  rd_kafka_conf_t* release() { return handle_.release(); }

 private:
  ConfigurationHandle handle_;
  std::optional<Error> problem_;
};

Result<> Secure(Configuration& configuration, const SecurityOptions& security) {
  configuration.Set("security.protocol", security.protocol);
  if (!security.mechanism.empty()) configuration.Set("sasl.mechanism", security.mechanism);
  ASSAYD_CHECK(configuration.SetFromFile("sasl.username", security.username_file));
  ASSAYD_CHECK(configuration.SetFromFile("sasl.password", security.password_file));
  configuration.SetPath("ssl.ca.location", security.ca_file);
  configuration.SetPath("ssl.certificate.location", security.certificate_file);
  configuration.SetPath("ssl.key.location", security.private_key_file);
  configuration.Set("enable.ssl.certificate.verification", "true");
  configuration.Set("ssl.endpoint.identification.algorithm", "https");
  return {};
}

void Promise(Configuration& configuration, const PublisherOptions& options) {
  std::string brokers;
  for (const auto& broker : options.brokers) brokers += (brokers.empty() ? "" : ",") + broker;
  configuration.Set("bootstrap.servers", brokers);
  configuration.Set("enable.idempotence", "true");
  configuration.Set("acks", "all");
  configuration.Set("partitioner", "murmur2_random");
  configuration.Set("allow.auto.create.topics", "false");
  configuration.Set("message.timeout.ms", std::to_string(options.deadline.count()));
  configuration.Set("message.max.bytes", kMessageBytesMax);
  configuration.Set("log.connection.close", "false");
}

}  // namespace

struct Producer::Impl {
  std::string topic;
  std::vector<Report> reports;
  ClientHandle client;  // last: its end may still report

  static void OnDelivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
    static_cast<Impl*>(opaque)->Note(NumberOf(message->_private), message->err);
  }
  void Note(std::uint64_t number, rd_kafka_resp_err_t error) {
    Report report{number, FateOf(error), std::nullopt};
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) report.problem = Translate(error);
    reports.push_back(std::move(report));
  }
};

Producer::Producer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Producer::~Producer() = default;

Result<std::unique_ptr<Producer>> Producer::Make(const PublisherOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->topic = options.topic;
  Configuration configuration;
  configuration.Set("client.id", "assayd-connect");
  configuration.Set("linger.ms", "5");
  configuration.Set("reconnect.backoff.max.ms", "2000");
  for (const auto& [name, value] : options.properties) configuration.Set(name, value);
  Promise(configuration, options);
  ASSAYD_CHECK(Secure(configuration, options.security));
  if (configuration.problem()) return std::unexpected(*configuration.problem());
  rd_kafka_conf_set_opaque(configuration.get(), impl.get());
  rd_kafka_conf_set_dr_msg_cb(configuration.get(), &Impl::OnDelivery);
  rd_kafka_conf_set_log_cb(configuration.get(), &OnLog);
  std::array<char, kTextBytes> text{};
  rd_kafka_conf_t* const raw = configuration.release();
  impl->client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, raw, text.data(), text.size()));
  if (!impl->client) {
    rd_kafka_conf_destroy(raw);
    return Fail(ErrorCode::kConfiguration,
                fmt::format("kafka: no producer: {}", EscapeForLine(text.data())));
  }
  return std::unique_ptr<Producer>(new Producer(std::move(impl)));
}

bool Producer::Send(const Message& message) {
  HeadersHandle headers(rd_kafka_headers_new(message.headers.size()));
  for (const auto& [name, value] : message.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  std::array<rd_kafka_vu_t, 6> fields{};
  fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  fields[0].u.cstr = impl_->topic.c_str();
  fields[1].vtype = RD_KAFKA_VTYPE_KEY;
  fields[1].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
  fields[2].vtype = RD_KAFKA_VTYPE_VALUE;
  fields[2].u.mem = {const_cast<char*>(message.value.data()), message.value.size()};
  fields[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  fields[3].u.i = RD_KAFKA_MSG_F_COPY;
  fields[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  fields[4].u.headers = headers.get();
  fields[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[5].u.ptr = AsOpaque(message.number);
  const ErrorHandle error(rd_kafka_produceva(impl_->client.get(), fields.data(), fields.size()));
  if (!error) {
    static_cast<void>(headers.release());  // the library has them now
    return true;
  }
  const auto code = rd_kafka_error_code(error.get());
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
  impl_->Note(message.number, code);
  return true;
}

std::vector<Producer::Report> Producer::Poll(Milliseconds time) {
  if (impl_->reports.empty()) {
    rd_kafka_poll(impl_->client.get(), static_cast<int>(time.count()));
  }
  return std::exchange(impl_->reports, {});
}

std::optional<Error> Producer::FatalError() const {
  std::array<char, kTextBytes> text{};
  const auto error = rd_kafka_fatal_error(impl_->client.get(), text.data(), text.size());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return Translate(error);
}

void* Producer::handle() const { return impl_->client.get(); }

}  // namespace assayd::connectors::kafka
