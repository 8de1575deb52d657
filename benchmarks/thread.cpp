// The area `thread`: starting a thread that does nothing and joining it. twill's has its name, its
// place in enumerate() and its slot for the detection of deadlocks.

#include <thread>
#include <twill/thread/thread.hpp>

#include "team.hpp"

namespace bench {
namespace {

/// Microseconds for one thread, started from a thread at `place`.
template <class StartAndJoin>
Side<> side(const char* name, Place place, StartAndJoin start_and_join) {
  return {name, [=] {
            int count = 0;
            const double passed = team(place, 1, [&](unsigned) {
              const double limit = seconds(0.1);
              for (const auto begin = Clock::now(); since(begin) < limit; ++count) start_and_join();
            });
            return passed / count * 1e6;
          }};
}

void start_twill() {
  int ran = 0;
  twill::Thread thread([&ran] { ran = 1; });
  thread.start();
  thread.join();
  verify(ran == 1, "twill::Thread did not run");
}

void start_std() {
  int ran = 0;
  std::thread thread([&ran] { ran = 1; });
  thread.join();
  verify(ran == 1, "std::thread did not run");
}

void run() {
  for (const Place place : {Place::same, Place::free})
    if (measured_at(place))
      compare(Work{"Thread, start + join", "us", Better::less, 0.97}.at(place),
              {side("twill", place, start_twill), side("std::thread", place, start_std)});
}

const Area area("thread", "starting and joining a thread", run);

}  // namespace
}  // namespace bench
