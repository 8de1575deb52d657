// The area `contended`: many threads, one lock, a section of one addition, for a fixed time.
//
// Throughput and shares come from runs that do nothing but lock, add and unlock. The longest wait
// comes from runs of their own, in which every call of lock() lies between two readings of the
// clock, for all sides alike.

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

#include "locks.hpp"
#include "team.hpp"

namespace bench {
namespace {

struct Outcome {
  double rate;   ///< millions of sections a second
  double share;  ///< the unluckiest thread's number of sections over the luckiest's
  double wait;   ///< the longest call of lock(), in ms; 0 if not measured
};

/// What a thread did; a cache line each, so that counting disturbs nobody.
struct alignas(128) Tally {
  std::int64_t sections = 0;
  std::int64_t longest = 0;
};

inline std::int64_t ticks() {
#if defined(__x86_64__)
  return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#else
  return Clock::now().time_since_epoch().count();
#endif
}

double ticks_in_ms() {
  static const double rate = [] {
    const auto begin = Clock::now();
    const std::int64_t first = ticks();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return static_cast<double>(ticks() - first) / since(begin) / 1e3;
  }();
  return rate;
}

template <class Lock>
struct alignas(128) Shared {
  Lock lock;
  std::int64_t sum = 0;
};

template <bool timed, class Lock>
void hammer(Shared<Lock>& shared, const std::atomic<bool>& over, Tally& out) {
  Tally mine;
  while (!over.load(std::memory_order_relaxed)) {
    const std::int64_t begin = timed ? ticks() : 0;
    shared.lock.lock();
    if constexpr (timed) mine.longest = std::max(mine.longest, ticks() - begin);
    ++shared.sum;
    shared.lock.unlock();
    ++mine.sections;
  }
  out = mine;
}

template <bool timed, class Lock>
Outcome contend(Place place, unsigned threads) {
  Shared<Lock> shared;
  std::atomic<bool> over{false};
  std::vector<Tally> tallies(threads);
  std::thread clock([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds(0.2)));
    over = true;
  });
  const double passed =
      team(place, threads, [&](unsigned i) { hammer<timed>(shared, over, tallies[i]); });
  clock.join();

  const auto fewer = [](const Tally& a, const Tally& b) { return a.sections < b.sections; };
  const auto [least, most] = std::minmax_element(tallies.begin(), tallies.end(), fewer);
  std::int64_t sections = 0;
  std::int64_t longest = 0;
  for (const Tally& tally : tallies) {
    sections += tally.sections;
    longest = std::max(longest, tally.longest);
  }
  verify(sections == shared.sum, "a lock let two threads in at once");
  return {static_cast<double>(sections) / passed / 1e6,
          static_cast<double>(least->sections) / static_cast<double>(most->sections),
          static_cast<double>(longest) / ticks_in_ms()};
}

template <bool timed>
std::vector<Side<Outcome>> sides(Place place, unsigned threads) {
  return {{"twill", [=] { return contend<timed, twill::Lock>(place, threads); }},
          {"std::mutex", [=] { return contend<timed, std::mutex>(place, threads); }},
          {"tbb::mutex", [=] { return contend<timed, tbb::mutex>(place, threads); }},
          {"absl::Mutex", [=] { return contend<timed, AbslMutex>(place, threads); }}};
}

void lines(const Work& work, const std::vector<Results<Outcome>>& all, double Outcome::* member) {
  std::vector<Figures> peers;
  for (std::size_t i = 1; i < all.size(); ++i) peers.push_back(all[i].figures(member));
  report(work, all[0].figures(member), peers);
}

void run() {
  for (const Place place : options.places)
    for (const unsigned threads : {2u, 4u, 8u, 16u}) {
      const std::string who = "Lock, " + std::to_string(threads) + " threads, ";
      const auto plain = take_turns(sides<false>(place, threads));
      lines(Work{who + "throughput", "M/s", Better::more, 1.3}.at(place), plain, &Outcome::rate);
      lines(Work{who + "min/max share", "", Better::more}.at(place), plain, &Outcome::share);
      const auto timed = take_turns(sides<true>(place, threads));
      lines(Work{who + "longest wait", "ms", Better::less, 5}.at(place), timed, &Outcome::wait);
    }
}

const Area area("contended", "2 to 16 threads on one lock: throughput, longest wait, shares", run);

}  // namespace
}  // namespace bench
