#include "platform/thread_id.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail {
namespace {

/// The text behind `key` in /proc/self/status, in a given base; 0 where it cannot be read. No
/// allocation.
unsigned long long status_field(const char* key, int base) noexcept {
  char text[4096];
  const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return 0;
  text[size] = '\0';
  const char* at = std::strstr(text, key);
  return at == nullptr ? 0 : std::strtoull(at + std::strlen(key), nullptr, base);
}

}  // namespace

std::int64_t native_thread_id() noexcept { return syscall(SYS_gettid); }

bool is_main_thread() noexcept { return native_thread_id() == getpid(); }

unsigned current_cpu() noexcept {
  const int cpu = sched_getcpu();
  return cpu < 0 ? 0 : static_cast<unsigned>(cpu);
}

unsigned usable_cpus() noexcept {
  static const unsigned count = [] {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set))
                                                       : 1u;
  }();
  return count;
}

unsigned kernel_tasks() noexcept { return static_cast<unsigned>(status_field("\nThreads:", 10)); }

bool catches_signals() noexcept {
  constexpr auto bit = [](int signal) { return 1ULL << (signal - 1); };
  constexpr unsigned long long kHarmless = bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) |
                                           bit(SIGABRT) | bit(SIGTRAP) | bit(SIGSYS) | bit(32) |
                                           bit(33);
  return (status_field("\nSigCgt:", 16) & ~kHarmless) != 0;
}

}  // namespace detail
TWILL_END
