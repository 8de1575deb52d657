// The two trains again. Nobody forces them to meet: the explorer tries all orders until they wait
// for each other, and finds none once a train steps back, or both take the tracks in one order.
#include <mutex>

#include <twill/tools/explore.hpp>
#include <twill/twill.hpp>

void by_the_law(twill::Lock& here, twill::Lock& there) {
  twill::Hold on_this_track(here);
  twill::Hold on_that_track(there);
}

void by_stepping_back(twill::Lock& here, twill::Lock& there) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::unique_lock on_this_track(here);
    std::unique_lock on_that_track(there, std::try_to_lock);
    if (on_that_track) return;
  }
}

void meet(auto cross, bool in_one_order = false) {
  twill::Lock west({.name = "west"}), east({.name = "east"});
  twill::Thread a({.name = "train A"}, [&] { cross(west, east); });
  twill::Thread b({.name = "train B"},
                  [&] { in_one_order ? cross(west, east) : cross(east, west); });
  a.start();
  b.start();
  a.join();
  b.join();
}

int main() {
  const auto say = [](const char* how, const twill::Exploration& found) {
    twill::print("{}: {}\n", how, found.report());
  };
  say("By the law", twill::explore([] { meet(by_the_law); }));
  say("By stepping back", twill::explore([] { meet(by_stepping_back); }));
  say("In one order", twill::explore([] { meet(by_the_law, true); }));
}
