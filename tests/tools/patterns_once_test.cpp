// Something is to be made once: each wrong way to do that is found, and its cure is proved.

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Shared;

// The flag comes before what it promises.
TEST(OnceTest, what_is_made_once_is_whole_before_the_flag_says_so) {
  const auto make_once = [](bool right) {
    Lock lock;
    Atomic made(false, "made");
    Shared value(0, "value");
    const auto use = [&] {
      if (!made) {
        const Hold hold(lock);
        if (!made) {
          if (!right) made = true;
          value = 42;
          made = true;
        }
      }
      check(value == 42);
    };
    run({use, use});
  };
  expect_cure(Finding::check, make_once);
}

TEST(OnceTest, what_is_made_once_is_asked_for_again_under_the_lock) {
  const auto make_once = [](bool right) {
    Lock lock;
    Atomic made(false, "made");
    int times = 0;
    const auto use = [&] {
      if (made) return;
      const Hold hold(lock);
      if (right && made) return;
      ++times;
      made = true;
    };
    run({use, use});
    check(times == 1);
  };
  expect_cure(Finding::check, make_once);
}

// A flag without any protection: right values, and still undefined behaviour.
TEST(OnceTest, a_plain_flag_is_a_race) {
  const auto make_once = [] {
    Lock lock;
    Shared made(false, "made");
    Shared value(0, "value");
    const auto use = [&] {
      if (!made) {
        const Hold hold(lock);
        if (!made) value = 42, made = true;
      }
      check(value == 42);
    };
    run({use, use});
  };
  expect_found(Finding::data_race, make_once);
}

}  // namespace
}  // namespace patterns
