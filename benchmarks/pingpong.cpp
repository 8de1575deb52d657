// The area `pingpong`: two threads answer each other; the time of a round trip.

#include "signals.hpp"
#include "team.hpp"

namespace bench {
namespace {

template <class Turns>
std::int64_t lead(Turns& turns, std::atomic<bool>& over, double limit) {
  constexpr int kBatch = 16;
  std::int64_t trips = 0;
  const Clock::time_point begin = Clock::now();
  do {
    for (int i = 0; i < kBatch; ++i) turns.pass(0);
    trips += kBatch;
  } while (since(begin) < limit);
  over.store(true, std::memory_order_relaxed);
  turns.give(1);
  return trips;
}

template <class Turns>
std::int64_t answer(Turns& turns, const std::atomic<bool>& over) {
  std::int64_t trips = 0;
  for (turns.await(1); !over.load(std::memory_order_relaxed); ++trips) turns.pass(1);
  return trips;
}

/// Microseconds a round trip.
template <class Turns>
Side<> side(const char* name, Place place) {
  return {name, [place] {
            Turns turns;
            std::atomic<bool> over{false};
            std::int64_t trips[2];
            const double passed = team(place, 2, [&](unsigned i) {
              trips[i] = i == 0 ? lead(turns, over, seconds(0.1)) : answer(turns, over);
            });
            verify(trips[0] == trips[1], "a signal was lost, or came twice");
            return passed / static_cast<double>(trips[0]) * 1e6;
          }};
}

std::vector<Side<>> sides(Place place) {
  return {side<ConditionTurns<twill::Lock, twill::Condition>>("Condition", place),
          side<SignalTurns<EventSignal<twill::Event>>>("Event", place),
          side<SignalTurns<SemaphoreSignal<twill::Semaphore>>>("Semaphore", place),
          side<SignalTurns<QueueSignal>>("Queue of 1", place),
          side<SignalTurns<FutexSignal>>("bare futex", place),
          side<StdConditionTurns>("std::condition_variable", place),
          side<SignalTurns<SemaphoreSignal<std::binary_semaphore>>>("std::binary_semaphore", place),
          side<SignalTurns<SemaphoreSignal<PosixSemaphore>>>("sem_t", place)};
}
constexpr std::size_t kOurs = 4;
enum Peer : std::size_t { kFutex = kOurs, kCondition, kBinarySemaphore, kPosix };

struct Goal {
  Place place;
  Peer peer;
  double ratio;
};
constexpr Goal kGoals[] = {{Place::apart, kCondition, 40},    {Place::apart, kBinarySemaphore, 8},
                           {Place::same, kCondition, 1.9},    {Place::same, kFutex, 0.93},
                           {Place::free, kCondition, 0},      {Place::free, kFutex, 0},
                           {Place::free, kBinarySemaphore, 0}};

void run() {
  for (const Place place : options.places) {
    const auto figures = take_turns(sides(place));
    for (std::size_t ours = 0; ours < kOurs; ++ours)
      for (const Goal& goal : kGoals)
        if (goal.place == place)
          report(Work{figures[ours].name, "us", Better::less, goal.ratio}.at(place), figures[ours],
                 {figures[goal.peer]});
  }
}

const Area area("pingpong", "two threads answer each other: a round trip", run);

}  // namespace
}  // namespace bench
