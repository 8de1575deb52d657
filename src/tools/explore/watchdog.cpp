#include "tools/explore/watchdog.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

#include "platform/clock.hpp"
#include "platform/futex.hpp"
#include "platform/thread_id.hpp"
#include "platform/write.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr int kLooks = 10;  ///< within the time of patience

}  // namespace

Watchdog::Watchdog(const atomic<std::uint64_t>& steps, Timeout patience, Threads threads)
    : steps_(steps),
      patience_(patience.nanoseconds()),
      threads_(threads),
      watched_(static_cast<pid_t>(native_thread_id())) {
  if (patience.is_never() || pthread_getcpuclockid(pthread_self(), &clock_) != 0) return;
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
  std::uint64_t steps = ~std::uint64_t{0};
  std::int64_t computed = 0;
  for (int asleep = 0; dog.over_.load(acquire) == 0;) {
    if (dog.steps_.load(relaxed) != steps) {
      steps = dog.steps_.load(relaxed);
      computed = dog.computed();
      asleep = 0;
    }
    futex_wait(dog.over_, 0, monotonic_now() + dog.patience_ / kLooks);
    if (dog.over_.load(acquire) != 0 || dog.steps_.load(relaxed) != steps) continue;
    asleep = dog.is_asleep() ? asleep + 1 : 0;
    if (asleep == kLooks) dog.give_up(dog.threads_ == Threads::real ? "sleeps or loops" : "sleeps");
    if (dog.computed() - computed > dog.patience_) dog.give_up("loops");
  }
  return nullptr;
}

/// Of processor time, in nanoseconds.
std::int64_t Watchdog::computed() const noexcept {
  timespec time{};
  clock_gettime(clock_, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

/// What stands behind the name in its line of the proc file system: S or D.
bool Watchdog::is_asleep() const noexcept {
  std::ifstream file("/proc/self/task/" + std::to_string(watched_) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name = line.rfind(')');
  return name != std::string::npos && (line[name + 2] == 'S' || line[name + 2] == 'D');
}

void Watchdog::give_up(const char* how) const {
  const std::string text = "twill::explore(): a thread of the body " + std::string(how) +
                           " outside of twill, and has made no step for " +
                           std::to_string(patience_ / 1'000'000) +
                           " ms: that cannot be explored, nor ended\n";
  write_all(STDERR_FILENO, text.data(), text.size());
  std::abort();
}

}  // namespace detail::explorer
TWILL_END
