// Paths: what is done inside a critical section, or what may end a wait, does not hide from a
// search depth first that the other could have been first.

#include <memory>
#include <stop_token>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::RLock;
using twill::SearchBy;
using twill::Shared;
using twill::Thread;

/// Wrong if the child comes first.
template <class L, class Inside>
void expect_to_see_the_child_first(Inside inside) {
  expect_found(Finding::check,
               [&] {
                 L lock;
                 Shared x(0, "x");
                 Thread child([&] {
                   const Hold hold(lock);
                   x = 1;
                 });
                 child.start();
                 {
                   const Hold hold(lock);
                   inside(lock);
                   check(x == 0);
                 }
                 child.join();
               },
               {.by = SearchBy::depth_first});
}

TEST(SectionsTest, plain) {
  expect_to_see_the_child_first<Lock>([](Lock&) {});
}

TEST(SectionsTest, with_one_inside) {
  expect_to_see_the_child_first<RLock>([](RLock& lock) { const Hold hold(lock); });
}

TEST(SectionsTest, with_an_attempt_inside) {
  const auto attempt = [](auto& lock) {
    if (lock.try_lock()) lock.unlock();
  };
  expect_to_see_the_child_first<RLock>(attempt);
  expect_to_see_the_child_first<Lock>(attempt);
}

TEST(SectionsTest, with_a_look_inside) {
  expect_to_see_the_child_first<Lock>([](Lock& lock) { check(lock.locked()); });
}

TEST(SectionsTest, a_join_that_is_stopped_comes_before_the_end) {
  expect_found(
      Finding::check,
      [] {
        const auto source = std::make_unique<std::stop_source>();
        Thread child([] {});
        child.start();
        Thread waiter([&] { check(child.try_join(twill::Timeout::never(), source->get_token())); });
        waiter.start();
        source->request_stop();
        waiter.join();
        child.join();
      },
      {.by = SearchBy::depth_first});
}

TEST(SectionsTest, nothing_is_proved_of_waits_that_are_stopped) {
  const auto found = expect_silence([] {
    const auto source = std::make_unique<std::stop_source>();
    Thread child([] {});
    child.start();
    child.try_join(twill::Timeout::never(), source->get_token());
    child.join();
  });
  EXPECT_FALSE(found.exhaustive);
}

}  // namespace
}  // namespace patterns
