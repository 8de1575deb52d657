#pragma once

#include <chrono>
#include <functional>

#include "harness.hpp"

/// Threads that start together. All are std::threads, whoever is measured.
namespace bench {

using Clock = std::chrono::steady_clock;

inline double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Processor time of the calling thread.
double thread_seconds();

/// Pins the calling thread: to the core of that number, counted round the usable ones.
void pin_to_core(unsigned number);
/// Allows the calling thread all cores that the process began with.
void unpin();

/// Which core a member of `group` (0 or 1) runs on at `place`.
void take_place(Place place, unsigned group);

/// Runs body(0) to body(count - 1) each in a thread of its own at `place`, started together once
/// all are there; answers the seconds from then to the end of the last. `group` says which members
/// stand apart: by default every other one.
double team(
    Place place, unsigned count, const std::function<void(unsigned)>& body,
    const std::function<unsigned(unsigned)>& group = [](unsigned i) { return i % 2; });

/// A thread that sleeps while this lives, so that the process counts as threaded.
class Sleeper {
 public:
  Sleeper();
  ~Sleeper();

 private:
  struct State;
  State* state_;
};

}  // namespace bench
