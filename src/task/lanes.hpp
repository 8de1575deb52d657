#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <new>

#include <twill/task/job.hpp>

TWILL_BEGIN
namespace detail {

/// Jobs that follow one another.
class JobList {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void push(Job& job) noexcept {
    job.next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = &job;
    last_ = &job;
  }
  void push_front(Job& job) noexcept {
    job.next = first_;
    if (first_ == nullptr) last_ = &job;
    first_ = &job;
  }
  Job* pop() noexcept {
    Job* const job = first_;
    if (job != nullptr) first_ = job->next;
    return job;
  }

 private:
  Job* first_ = nullptr;
  Job* last_ = nullptr;
};

/// The same for very many: who takes some touches only pointers, which lie side by side. Jobs come
/// from another core's cache, and following links from one to the next would wait for each.
class JobQueue {
 public:
  bool empty() const noexcept { return jobs_.empty() && late_.empty(); }
  /// Without memory they are linked after all, until those are gone.
  void push(Job& job) noexcept {
    if (!late_.empty()) return late_.push(job);
    try {
      jobs_.push_back(&job);
    } catch (const std::bad_alloc&) {
      late_.push(job);
    }
  }
  Job* pop() noexcept {
    if (jobs_.empty()) return late_.pop();
    Job* const job = jobs_.front();
    jobs_.pop_front();
    return job;
  }

 private:
  std::deque<Job*> jobs_;
  JobList late_;
};

/// Jobs that nobody has begun: the lowest priority first, and within one the oldest.
class Lanes {
 public:
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Throws bad_alloc for a priority that is new.
  void push(Job& job, int priority) {
    if (priority == 0)
      normal_.push(job);
    else
      others_[priority].push(job);
    ++size_;
  }
  /// Null if there is none.
  Job* pop() noexcept {
    if (size_ == 0) return nullptr;
    --size_;
    const auto first = others_.begin();
    if (first == others_.end() || (first->first > 0 && !normal_.empty())) return normal_.pop();
    Job* const job = first->second.pop();
    if (first->second.empty()) others_.erase(first);
    return job;
  }

 private:
  JobQueue normal_;                ///< priority 0
  std::map<int, JobList> others_;  ///< none of them empty
  std::size_t size_ = 0;
};

}  // namespace detail
TWILL_END
