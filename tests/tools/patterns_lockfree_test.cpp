// Without locks: each wrong algorithm is found, and its cure is proved or searched for long.

#include <array>

#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "support/sanitizers.hpp"
#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Finding;
using twill::Shared;

TEST(LockFreeTest, a_spin_lock_looks_and_takes_in_one_step) {
  const auto enter = [](bool right) {
    Atomic held(false, "held");
    Shared counter(0, "counter");
    const auto count = [&] {
      if (right) {
        while (held.exchange(true))
          while (held) {
          }
      } else {
        while (held) {
        }
        held = true;
      }
      ++counter;
      held = false;
    };
    run({count, count});
    check(counter == 2);
  };
  expect_cure(Finding::check, enter);
}

// G. Peterson, "Myths about the Mutual Exclusion Problem", 1981.
TEST(LockFreeTest, peterson_wants_before_it_lets_the_other_first) {
  const auto enter = [](bool right) {
    std::array<Atomic<bool>, 2> wants;
    Atomic<std::size_t> first(0, "first");
    Shared counter(0, "counter");
    const auto count = [&](std::size_t me) {
      const std::size_t other = 1 - me;
      if (right) wants.at(me) = true;
      first = other;
      if (!right) wants.at(me) = true;
      while (wants.at(other) && first == other) {
      }
      ++counter;
      wants.at(me) = false;
    };
    run({[&] { count(0); }, [&] { count(1); }});
    check(counter == 2);
  };
  expect_cure(Finding::check, enter);
}

TEST(LockFreeTest, a_ring_says_that_there_is_an_item_once_it_is_there) {
  const auto pass_on = [](bool right) {
    constexpr unsigned kPlaces = 2;
    std::array<Shared<int>, kPlaces> places;
    Atomic put(0u, "put");
    Atomic got(0u, "got");
    run({[&] {
           for (unsigned i = 0; i < 3; ++i) {
             while (i - got == kPlaces) {
             }
             if (!right) put = i + 1;
             places.at(i % kPlaces) = static_cast<int>(i) + 1;
             put = i + 1;
           }
         },
         [&] {
           for (unsigned i = 0; i < 3; ++i) {
             while (put <= i) {
             }
             check(places.at(i % kPlaces) == static_cast<int>(i) + 1);
             got = i + 1;
           }
         }});
  };
  expect_found(Finding::check, [=] { pass_on(false); });
  expect_silence([=] { pass_on(true); }, {.runs = 4'000});
}

TEST(LockFreeTest, who_reads_two_values_looks_whether_they_belong_together) {
  const auto read_pair = [](bool right) {
    Atomic version(0, "version");
    Atomic a(0, "a");
    Atomic b(0, "b");
    run({[&] {
           ++version;  // odd: is being written
           a = 1;
           b = 1;
           ++version;
         },
         [&] {
           for (int tries = 0; tries < 2; ++tries) {
             const int before = version;
             if (before % 2 != 0) continue;
             const int first = a;
             const int second = b;
             if (right && version != before) continue;
             check(first == second);
             return;
           }
         }});
  };
  expect_cure(Finding::check, read_pair);
}

TEST(LockFreeTest, the_last_reference_is_found_out_in_one_step) {
  const auto drop_all = [](bool right) {
    Atomic references(3, "references");
    Atomic destroyed(0, "destroyed");
    const auto drop = [&] {
      const int left = right ? --references : (--references, references.load());
      if (left == 0) ++destroyed;
    };
    run({drop, drop, drop});
    check(destroyed == 1);
  };
  expect_cure(Finding::check, drop_all);
}
}  // namespace
}  // namespace patterns
