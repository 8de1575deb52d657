// Paths: both ways to the data, a throwing user, data made from arguments.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/guarded.hpp>

#include "support/misuse.hpp"

namespace {

TEST(GuardedTest, the_data_is_reached_under_the_lock) {
  twill::Guarded<std::string> text(3u, 'x');
  EXPECT_EQ(*text.lock(), "xxx");
  text.lock()->append("y");
  EXPECT_EQ(text.with([](const std::string& t) { return t.size(); }), 4u);
  std::string& inside = text.with([](std::string& t) -> std::string& { return t; });
  EXPECT_EQ(&inside, &*text.lock());
}

TEST(GuardedTest, a_throw_lets_go_of_the_lock) {
  twill::Guarded<int> number(1);
  EXPECT_THROW(number.with([](int&) { throw 1; }), int);
  EXPECT_EQ(number.with([](int& n) { return n; }), 1);
}

TEST(GuardedTest, taking_it_twice_is_an_error_and_no_hang) {
  twill::Guarded<int> number(1);
  const auto access = number.lock();
  EXPECT_THROW((void)number.lock(), twill::DeadlockError);
}

TEST(GuardedTest, holds_what_cannot_be_copied) {
  twill::Guarded<std::unique_ptr<int>> pointer(std::make_unique<int>(5));
  EXPECT_EQ(**pointer.lock(), 5);
}

TEST(GuardedTest, changes_are_never_lost) {
  twill::Guarded<long> count(0);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 5'000; ++n) ++*count.lock();
      });
  }
  EXPECT_EQ(*count.lock(), 20'000);
}

}  // namespace
