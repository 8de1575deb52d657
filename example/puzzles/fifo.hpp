#pragma once

#include <deque>
#include <string>
#include <utility>

#include <twill/twill.hpp>

namespace puzzle {

/// A semaphore that serves threads in the order in which they came: each waits for a semaphore of
/// its own, and these stand in a queue (A. Downey's pattern of that name).
class Fifo {
 public:
  explicit Fifo(int permits, std::string name) : permits_(permits), name_(std::move(name)) {}

  /// `in_line` is called when the place in the line is certain.
  template <class InLine>
  void acquire(InLine in_line) {
    twill::Semaphore mine(0, {name_});
    {
      twill::Hold hold(lock_);
      in_line();
      if (permits_ > 0) {
        --permits_;
        return;
      }
      line_.push_back(&mine);
    }
    mine.acquire();
  }
  void acquire() {
    acquire([] {});
  }

  void release() {
    twill::Hold hold(lock_);
    if (line_.empty()) {
      ++permits_;
      return;
    }
    twill::Semaphore* first = line_.front();
    line_.pop_front();
    first->release();
  }

 private:
  twill::Lock lock_{{.name = "line"}};
  int permits_;
  std::deque<twill::Semaphore*> line_;
  const std::string name_;
};

}  // namespace puzzle
