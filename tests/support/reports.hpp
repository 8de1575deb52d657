#pragma once

#include <atomic>
#include <utility>

#include <twill/thread/excepthook.hpp>

namespace support {

/// While it lives, what comes to the excepthook is counted instead of printed.
class Reports {
 public:
  Reports() : before_(twill::set_excepthook([this](const twill::ExceptHookArgs&) { ++count_; })) {}
  ~Reports() { twill::set_excepthook(std::move(before_)); }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  int count() const { return count_; }

 private:
  std::atomic<int> count_ = 0;
  twill::ExceptHook before_;
};

}  // namespace support
