// ./bench --stress N: N hand-offs through each primitive, at all placements in turn, with pauses
// that let the other side fall asleep, begin to, or spin. A watchdog ends the program if nothing
// moves for 30 s: then a wake-up was lost.

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "registry.hpp"
#include "signals.hpp"
#include "team.hpp"

namespace bench {
namespace {

class Watchdog {
 public:
  explicit Watchdog(const char* what) : what_(what) {}
  ~Watchdog() {
    over_.store(true);
    thread_.join();
  }
  void moved() {
    moves_.store(moves_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

 private:
  void watch() {
    constexpr int kPatience = 300;  // of 0.1 s
    std::uint64_t seen = 0;
    for (int still = 0; !over_.load(); ++still) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const std::uint64_t now = moves_.load(std::memory_order_relaxed);
      if (now != seen) still = 0;
      seen = now;
      if (still < kPatience) continue;
      std::fprintf(stderr, "twill_bench: %s: no hand-off for 30 s after %llu: a wake-up was lost\n",
                   what_, static_cast<unsigned long long>(now));
      std::abort();
    }
  }

  const char* what_;
  alignas(128) std::atomic<std::uint64_t> moves_{0};
  alignas(128) std::atomic<bool> over_{false};
  std::thread thread_{[this] { watch(); }};
};

/// Some thousandth time, up to some 60 us: about what a spin lasts.
class Pauses {
 public:
  explicit Pauses(unsigned seed) : state_(seed * 2654435761u + 1) {}
  void maybe() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;  // Knuth, MMIX
    if (state_ >> 54 != 0) return;
    const auto until = Clock::now() + std::chrono::nanoseconds((state_ >> 32 & 0xffff));
    while (Clock::now() < until) {
    }
  }

 private:
  std::uint64_t state_;
};

template <class Turns>
void hand_off(Place place, unsigned long long count, Watchdog& watchdog) {
  Turns turns;
  team(place, 2, [&](unsigned i) {
    const int me = static_cast<int>(i);
    Pauses pauses(i);
    if (me == 1) turns.await(1);
    for (unsigned long long n = 0; n < count / 2; ++n) {
      pauses.maybe();
      if (me == 1 && n + 1 == count / 2)
        turns.give(0);
      else
        turns.pass(me);
      if (me == 0) watchdog.moved();
    }
  });
}

template <class Turns>
void through(const char* name, unsigned long long count) {
  constexpr unsigned kRounds = 12;
  const unsigned long long each = std::max(count / kRounds, 2ull);
  const Clock::time_point begin = Clock::now();
  Watchdog watchdog(name);
  for (unsigned round = 0; round < kRounds; ++round)
    hand_off<Turns>(options.places[round % options.places.size()], each, watchdog);
  std::printf("%s: %llu hand-offs in %.1f s\n", name, each / 2 * 2 * kRounds, since(begin));
  std::fflush(stdout);
}

}  // namespace

void stress(unsigned long long count) {
  through<ConditionTurns<twill::Lock, twill::Condition>>("Condition", count);
  through<SignalTurns<SemaphoreSignal<twill::Semaphore>>>("Semaphore", count);
  through<SignalTurns<EventSignal<twill::Event>>>("Event", count);
  through<SignalTurns<QueueSignal>>("Queue", count);
}

}  // namespace bench
