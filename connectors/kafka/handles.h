#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

/// Typed holders of librdkafka's handles.
namespace assayd::connectors::kafka {

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_conf_t* handle) const { rd_kafka_conf_destroy(handle); }
  void operator()(rd_kafka_headers_t* handle) const { rd_kafka_headers_destroy(handle); }
  void operator()(rd_kafka_error_t* handle) const { rd_kafka_error_destroy(handle); }
};

using ClientHandle = std::unique_ptr<rd_kafka_t, HandleDeleter>;
using ConfigurationHandle = std::unique_ptr<rd_kafka_conf_t, HandleDeleter>;
using HeadersHandle = std::unique_ptr<rd_kafka_headers_t, HandleDeleter>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, HandleDeleter>;

}  // namespace assayd::connectors::kafka
