#include "eventstore/committer.h"

#include <pthread.h>

namespace assayd::eventstore {

Committer::Committer(EventLog& log, std::size_t pending_max)
    : log_(log), pending_max_(pending_max) {
  writer_ = std::thread([this] { WriteLoop(); });
  acknowledger_ = std::thread([this] { AcknowledgeLoop(); });
  ::pthread_setname_np(writer_.native_handle(), "log-write");
  ::pthread_setname_np(acknowledger_.native_handle(), "log-head");
}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
  acknowledger_.join();
}

void Committer::Submit(Prepared prepared, Done done) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return pending_ < pending_max_; });
    to_write_.push_back({std::move(prepared), std::move(done)});
    ++pending_;
  }
  changed_.notify_all();
}

void Committer::Drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending_ == 0; });
}

bool Committer::failed() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

void Committer::Reset() {
  const std::lock_guard lock(mutex_);
  failure_.reset();
}

void Committer::WriteLoop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !to_write_.empty(); });
    if (to_write_.empty()) break;
    Job job = std::move(to_write_.front());
    to_write_.pop_front();
    if (!failure_) {
      lock.unlock();
      const auto written = log_.Write(job.prepared);
      lock.lock();
      if (!written && !failure_) failure_ = written.error();
    }
    to_acknowledge_.push_back(std::move(job));
    changed_.notify_all();
  }
  writer_stopped_ = true;
  changed_.notify_all();
}

void Committer::AcknowledgeLoop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return writer_stopped_ || !to_acknowledge_.empty(); });
    if (to_acknowledge_.empty()) return;
    // One HEAD stands for every group that is written by now.
    std::deque<Job> jobs;
    jobs.swap(to_acknowledge_);
    std::optional<Error> failure = failure_;
    if (!failure) {
      lock.unlock();
      const auto acknowledged = log_.Acknowledge(jobs.back().prepared);
      lock.lock();
      if (!acknowledged) failure = failure_ = acknowledged.error();
    }
    lock.unlock();
    for (Job& job : jobs) {
      if (failure) {
        job.done(std::unexpected(*failure));
      } else {
        job.done({});
      }
    }
    lock.lock();
    pending_ -= jobs.size();
    changed_.notify_all();
  }
}

}  // namespace assayd::eventstore
