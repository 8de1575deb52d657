#pragma once

#include <cstddef>
#include <map>

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

/// Jobs that nobody has begun: the lowest priority first, and within one the oldest.
class Lanes {
 public:
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Throws bad_alloc for a priority that is new.
  void push(Job& job, int priority) {
    (priority == 0 ? normal_ : others_[priority]).push(job);
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
  JobList normal_;                 ///< priority 0
  std::map<int, JobList> others_;  ///< none of them empty
  std::size_t size_ = 0;
};

}  // namespace detail
TWILL_END
