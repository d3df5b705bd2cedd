#include "http/worker_pool.h"

#include <pthread.h>

#include <chrono>

namespace assayd::http {

WorkerPool::WorkerPool(int threads, std::size_t queued_max) : tasks_(queued_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  Abandon();
  Join();
}

void WorkerPool::Abandon() {
  abandoned_ = true;
  tasks_.Close();
}

void WorkerPool::Join() { threads_.clear(); }

void WorkerPool::Work() {
  ::pthread_setname_np(::pthread_self(), "http-worker");
  for (;;) {
    auto task = tasks_.Pop(std::chrono::hours(1));
    if (task && !abandoned_) (*task)();
    if (!task && tasks_.closed()) return;
  }
}

}  // namespace assayd::http
