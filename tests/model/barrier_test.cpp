// Barrier and acquire_all(), which stand on the primitives below them.

#include <set>

#include <twill/platform/error.hpp>
#include <twill/sync/acquire_all.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/lock.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

TEST(BarrierTest, two_trips_of_two) {
  expect_holds({.preemptions = 1, .random = 10'000}, [] {
    Barrier barrier(2);
    atomic<int> arrived{0};
    const auto body = [&] {
      for (int trip = 1; trip <= 2; ++trip) {
        arrived.fetch_add(1, relaxed);
        barrier.wait();
        check(arrived.load(relaxed) >= 2 * trip, "everybody has come");
      }
    };
    together(body, body);
  });
}

TEST(BarrierTest, one_who_times_out_breaks_it_for_all) {
  std::set<int> seen;
  expect_holds({.preemptions = 1, .random = 10'000}, [&seen] {
    Barrier barrier(2);
    atomic<int> broken{0};
    const auto wait = [&](Timeout timeout) {
      try {
        barrier.wait(timeout);
      } catch (const BrokenBarrierError&) {
        broken.fetch_add(1, relaxed);
      }
    };
    together([&] { wait(1ms); }, [&] { wait(Timeout::never()); });
    check(broken.load() != 1, "all or nobody");
    check(barrier.broken() == (broken.load() != 0), "and it stays so");
    seen.insert(broken.load());
  });
  EXPECT_EQ(seen, (std::set{0, 2}));
}

TEST(BarrierTest, what_breaks_later_undoes_no_trip) {
  expect_holds({.preemptions = 1, .random = 3'000}, [] {
    Barrier barrier(2);
    together(
        [&] {
          barrier.wait();
          barrier.abort();
        },
        [&] { barrier.wait(); });
    check(barrier.broken(), "for the next trip");
  });
}

TEST(AcquireAllTest, any_order_is_as_good) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Lock one, other;
    Plain<int> value{0};
    const auto add = [&](Lock& first, Lock& second) {
      const auto held = acquire_all(first, second);
      value.set(value.get() + 1);
    };
    together([&] { add(one, other); }, [&] { add(other, one); });
    check(value.get() == 2, "each counted");
  });
}
