#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/assert.h"
#include "http/server.h"
#include "tests/fakes/raw_http_client.h"

namespace assayd::http {

/// Something another thread will do; waiting for it gives up after ten seconds.
class Event {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  [[nodiscard]] bool Wait(int times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return count_ >= times; });
  }
  [[nodiscard]] int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// "METHOD path body", so that a test sees what the handler saw.
inline void Echo(const std::shared_ptr<Exchange>& exchange) {
  const Request& request = exchange->request();
  exchange->Respond({.status = 200,
                     .headers = {{"Content-Type", "text/plain"}},
                     .body = request.method + " " + request.path + " " + request.body});
}

/// A server on a free port of loopback that counts the calls of its handler.
class TestServer {
 public:
  explicit TestServer(Handler handler = Echo, Options options = {}, Gate gate = {}) {
    auto started = Server::Start(std::move(options), std::move(gate),
                                 [this, handler = std::move(handler)](auto exchange) {
                                   ++calls_;
                                   handler(std::move(exchange));
                                 });
    if (!started) AssertionFailed(started.error().ToString().c_str());
    server_ = *std::move(started);
  }

  [[nodiscard]] fakes::RawHttpClient Connect() const {
    return fakes::RawHttpClient::Tcp(server_->port());
  }
  [[nodiscard]] Server& operator*() const { return *server_; }
  [[nodiscard]] Server* operator->() const { return server_.get(); }
  [[nodiscard]] int calls() const { return calls_; }
  void Destroy() { server_.reset(); }

 private:
  std::atomic<int> calls_ = 0;
  std::unique_ptr<Server> server_;
};

inline std::string Get(const std::string& path, const std::string& more_headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more_headers + "\r\n";
}

inline std::string Post(const std::string& path, const std::string& body) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace assayd::http
