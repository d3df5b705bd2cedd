#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"

namespace assayd::http {

/// A fixed number of threads that run what is handed to them, in order of arrival. Tasks must not
/// throw. Safe from every thread, save that Join must not be called by a task.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  WorkerPool(int threads, std::size_t queued_max);
  ~WorkerPool();  ///< Abandon, Join

  /// False, and `task` untouched, when the queue is full or abandoned.
  [[nodiscard]] bool TryRun(Task&& task) { return tasks_.TryPush(std::move(task)); }
  /// Takes no more tasks and destroys the waiting ones without running them.
  void Abandon();
  /// Waits for the tasks that are running.
  void Join();

 private:
  void Work();

  BoundedQueue<Task> tasks_;
  std::atomic<bool> abandoned_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace assayd::http
