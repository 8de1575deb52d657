#pragma once

#include <string>

#include <twill/tools/shared.hpp>
#include <twill/twill.hpp>

namespace puzzle {

/// The first one in takes the room, the last one out gives it back (A. Downey's pattern of that
/// name).
class Lightswitch {
 public:
  explicit Lightswitch(twill::Semaphore& room, const char* name = "inside")
      : room_(room), inside_(0, name) {}

  void lock() {
    twill::Hold hold(lock_);
    inside_ += 1;
    if (inside_ == 1) room_.acquire();
  }
  void unlock() {
    twill::Hold hold(lock_);
    inside_ -= 1;
    if (inside_ == 0) room_.release();
  }

 private:
  twill::Semaphore& room_;
  twill::Lock lock_{{.name = "switch"}};
  twill::Shared<int> inside_;
};

}  // namespace puzzle
