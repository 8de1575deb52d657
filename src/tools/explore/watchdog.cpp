#include "tools/explore/watchdog.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include "platform/clock.hpp"
#include "platform/futex.hpp"
#include "platform/thread_id.hpp"
#include "platform/write.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

clockid_t clock_of(Threads threads) noexcept {
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  if (threads == Threads::fibers) pthread_getcpuclockid(pthread_self(), &clock);
  return clock;
}

}  // namespace

Watchdog::Watchdog(const atomic<std::uint64_t>& steps, Timeout patience, Threads threads)
    : steps_(steps),
      patience_(patience),
      impatience_(getpid(), static_cast<pid_t>(native_thread_id()), clock_of(threads), patience) {
  if (patience.is_never()) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  watches_ = pthread_create(&thread_, nullptr, watch, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Watchdog::~Watchdog() {
  if (!watches_) return;
  over_.store(1, release);
  futex_wake(over_);
  pthread_join(thread_, nullptr);
}

void* Watchdog::watch(void* self) {
  Watchdog& dog = *static_cast<Watchdog*>(self);
  while (dog.over_.load(acquire) == 0) {
    const char* const does = dog.impatience_.look(dog.steps_.load(relaxed));
    if (does != nullptr) dog.give_up(does);
    futex_wait(dog.over_, 0, monotonic_now() + dog.impatience_.nanoseconds());
  }
  return nullptr;
}

void Watchdog::give_up(const char* how) const {
  const std::string text = "twill::explore(): a thread of the body " + std::string(how) +
                           " outside of twill, and has made no step for " +
                           std::to_string(patience_.nanoseconds() / 1'000'000) +
                           " ms: that cannot be explored, nor ended\n";
  write_all(STDERR_FILENO, text.data(), text.size());
  std::abort();
}

}  // namespace detail::explorer
TWILL_END
