// Paths: then() after a value, nothing, a failure and a cancellation; several of one future; of one
// that nobody can complete.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include <twill/task/future.hpp>

namespace {

using twill::Future;

TEST(FutureThenTest, goes_on_with_the_value) {
  Future<int> first;
  const auto last =
      first.then([](int n) { return n + 1; }).then([](int n) { return std::to_string(n); });
  EXPECT_FALSE(last.done());
  first.set_result(41);
  EXPECT_EQ(last.result(), "42");
  EXPECT_EQ(first.then([](int n) { return n * 2; }).result(), 82);
}

TEST(FutureThenTest, after_nothing) {
  Future<void> first;
  bool ran = false;
  const Future<void> last = first.then([&] { ran = true; });
  first.set_result();
  last.result();
  EXPECT_TRUE(ran);
}

TEST(FutureThenTest, passes_on_what_went_wrong) {
  Future<int> fails;
  bool ran = false;
  const auto after = fails.then([&](int) { ran = true; });
  fails.set_exception(std::out_of_range("far"));
  EXPECT_THROW(after.result(), std::out_of_range);
  Future<int> cancelled;
  const auto never = cancelled.then([&](int) { ran = true; });
  cancelled.cancel();
  EXPECT_TRUE(never.cancelled());
  EXPECT_FALSE(ran);
  Future<int> fine;
  const auto throws = fine.then([](int) -> int { throw std::logic_error("mine"); });
  fine.set_result(1);
  EXPECT_THROW(throws.result(), std::logic_error);
}

TEST(FutureThenTest, what_was_cancelled_does_not_run) {
  Future<int> first;
  bool ran = false;
  auto next = first.then([&](int) { ran = true; });
  EXPECT_TRUE(next.cancel());
  first.set_result(1);
  EXPECT_FALSE(ran);
}

TEST(FutureThenTest, as_often_as_one_likes) {
  constexpr int kTimes = 100'000;
  const Future<int> first;
  Future<int> last = first;
  for (int i = 0; i < kTimes; ++i) last = last.then([](int n) { return n + 1; });
  Future<int>(first).set_result(0);
  EXPECT_EQ(last.result(), kTimes);
}

TEST(FutureThenTest, after_what_nobody_can_complete_is_cancelled) {
  constexpr int kTimes = 100'000;
  Future<int> last;
  {
    const Future<int> first;
    last = first;
    for (int i = 0; i < kTimes; ++i) last = last.then([](int n) { return n; });
  }
  EXPECT_TRUE(last.cancelled());
}

TEST(FutureThenTest, keeps_what_it_answers) {
  struct Person {
    std::string name;
  };
  Future<std::string> name;
  {
    Future<Person> person;
    name = person.then(&Person::name);
    person.set_result(Person{"somebody with a long name"});
  }
  EXPECT_EQ(name.result(), "somebody with a long name");
}

}  // namespace
