#include <twill/task/job.hpp>

#include "platform/annotations.hpp"
#include "task/tray.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kTrays = 16;  // for jobs of 16, 32, ... bytes

/// Of one thread. Without a destructor, since jobs may be freed by what the end of a thread calls.
struct Trays {
  Tray tray[kTrays];
  bool thread_ends = false;
};
constinit thread_local Trays trays;

struct End {
  ~End() {
    trays.thread_ends = true;
    for (Tray& tray : trays.tray) tray.leave();
  }
};

void notice_the_end() {
  thread_local const End end;
  static_cast<void>(end);
}

/// A sanitizer is to see each job come and go.
constexpr bool kUsesTrays = !TWILL_SANITIZED;

Tray* tray_for(std::size_t size) noexcept {
  return kUsesTrays && size <= kStep * kTrays ? &trays.tray[(size - 1) / kStep] : nullptr;
}

}  // namespace

void* Job::operator new(std::size_t size) {
  Tray* const tray = tray_for(size);
  if (tray == nullptr) return ::operator new(size);
  if (tray->is_empty()) [[unlikely]]
    notice_the_end();
  void* const memory = tray->take((size + kStep - 1) / kStep * kStep);
  if (trays.thread_ends) [[unlikely]]
    tray->leave();
  return memory;
}

void Job::operator delete(void* memory, std::size_t size) noexcept {
  if (Tray* const tray = tray_for(size))
    tray->give_back(memory);
  else
    ::operator delete(memory);
}

}  // namespace detail
TWILL_END
