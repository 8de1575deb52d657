#include "platform/thread_id.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include "model/engine.hpp"

TWILL_BEGIN
namespace detail {

std::int64_t native_thread_id() noexcept {
  return model::exploring ? 1'000'000 + model::self() : syscall(SYS_gettid);
}

bool is_main_thread() noexcept { return native_thread_id() == getpid(); }

unsigned current_cpu() noexcept { return 0; }

/// One: who spins only makes schedules longer.
unsigned usable_cpus() noexcept { return 1; }

/// Unknown: the threads of a model are never all of a process.
unsigned kernel_tasks() noexcept { return 0; }

bool catches_signals() noexcept { return false; }

}  // namespace detail
TWILL_END
