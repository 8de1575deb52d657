// Paths: written by children and read by the parent, and the other way round; strings, long ones
// too, vectors in maps, pairs; what is copied out is ordinary; full; locked twice; tried, with
// limits and stop_tokens; a reader and a writer that are killed, and a renewal; kills at random.

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <twill/mp/shared.hpp>
#include <vector>

#include "mp/chaos.hpp"

namespace {

namespace mp = twill::mp;
using chaos::Child;
using chaos::Common;

constexpr std::size_t kBytes = 1 << 16;
const std::string kLong(100, 'x');

/// A child that holds what `take` answers, until it is killed.
template <class Take>
void kill_one_that(Take take) {
  const Common<std::atomic<int>> taken(0);
  Child child([&] {
    [[maybe_unused]] const auto& held = take();
    *taken = 1;
    for (;;) pause();
    return true;
  });
  support::until(*taken, 1);
  child.kill();
}

TEST(SharedTest, a_vector_grows_in_every_process) {
  mp::SharedVector<int> numbers(kBytes);
  EXPECT_TRUE(numbers.copy().empty());
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i)
    children.emplace_back([&, i] {
      for (int n = 0; n < 500; ++n) numbers.lock()->push_back(i);
      return true;
    });
  for (Child& child : children) EXPECT_TRUE(child.succeeds());
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(numbers.read([&](const auto& all) { return std::count(all.begin(), all.end(), i); }),
              500);
}

TEST(SharedTest, a_map_has_its_strings_with_it) {
  mp::SharedMap<std::string, std::string> words(kBytes);
  words.with([&](auto& all) { all["short"] = kLong; });
  EXPECT_TRUE(Child([&] {
                words.with([&](auto& all) {
                  all[kLong] = all.at("short") + "y";
                  all.erase("short");
                });
                return true;
              }).succeeds());
  const std::string text = words.read([&](const auto& all) { return all.find(kLong)->second; });
  EXPECT_EQ(text, kLong + "y");
  EXPECT_EQ(words.lock_shared()->size(), 1u);
}

TEST(SharedTest, containers_may_be_in_containers) {
  mp::SharedMap<std::string, std::vector<std::pair<std::string, int>>> ways(kBytes);
  EXPECT_TRUE(Child([&] {
                ways.with([](auto& all) { all["Rome"].emplace_back(kLong, 3); });
                return true;
              }).succeeds());
  const auto copy = ways.copy();
  {
    const auto alone = ways.lock();
    ways.renew();
  }
  EXPECT_TRUE(ways.copy().empty());
  EXPECT_EQ(copy.at("Rome").at(0).first, kLong);
  EXPECT_EQ(copy.at("Rome").at(0).second, 3);
}

TEST(SharedTest, who_finds_it_full_is_told_and_nothing_is_changed) {
  mp::SharedVector<std::string> words(kBytes);
  const std::size_t before = words.left();
  EXPECT_GT(before, kBytes * 9 / 10);
  std::size_t count = 0;
  EXPECT_THROW(for (;; ++count) words.with([](auto& all) { all.push_back(kLong); }),
               mp::MemoryError);
  EXPECT_GT(count, 100u);
  EXPECT_EQ(words.lock_shared()->size(), count);
  for (const auto& word : words.copy()) EXPECT_EQ(word, kLong);
  words.with([](auto& all) {
    all.clear();
    all.shrink_to_fit();
  });
  EXPECT_EQ(words.left(), before);
  EXPECT_THROW(mp::SharedVector<int>(100), twill::ValueError);
}

TEST(SharedTest, who_comes_twice_is_told) {
  mp::SharedVector<int> numbers(kBytes);
  const auto access = numbers.lock();
  EXPECT_THROW(static_cast<void>(numbers.lock()), twill::DeadlockError);
  EXPECT_THROW(numbers.copy(), twill::DeadlockError);
}

TEST(SharedTest, who_only_tries_is_told_that_another_holds_it) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  mp::SharedVector<int> numbers(kBytes);
  {
    const auto access = numbers.lock();
    EXPECT_TRUE(access);
    EXPECT_TRUE(Child([&] {
                  return !numbers.try_lock() && !numbers.try_lock_for(milliseconds(1)) &&
                         !numbers.try_lock_until(steady_clock::now()) &&
                         !numbers.try_lock_shared() &&
                         !numbers.try_lock_shared_for(milliseconds(1)) &&
                         !numbers.try_lock_shared_until(steady_clock::now());
                }).succeeds());
  }
  const auto reading = numbers.lock_shared();
  EXPECT_TRUE(Child([&] { return !numbers.try_lock() && numbers.try_lock_shared(); }).succeeds());
}

TEST(SharedTest, who_tries_has_it_where_nobody_does_until_the_answer_goes) {
  mp::SharedVector<int> numbers(kBytes);
  const std::chrono::hours long_time(1);
  numbers.try_lock()->push_back(1);
  if (auto access = numbers.try_lock_for(long_time)) access->push_back(2);
  if (auto access = numbers.try_lock_until(std::chrono::steady_clock::now() + long_time))
    (*access).push_back(3);
  EXPECT_EQ(numbers.try_lock_shared()->size(), 3u);
  EXPECT_EQ(numbers.try_lock_shared_for(long_time)->size(), 3u);
  EXPECT_EQ(numbers.try_lock_shared_until(std::chrono::system_clock::now() + long_time)->size(),
            3u);
  EXPECT_TRUE(Child([&] { return static_cast<bool>(numbers.try_lock()); }).succeeds());
}

TEST(SharedTest, who_was_told_to_stop_waits_no_longer) {
  mp::SharedVector<int> numbers(kBytes);
  std::stop_source stop;
  numbers.lock(stop.get_token())->push_back(1);
  EXPECT_EQ(numbers.lock_shared(stop.get_token())->size(), 1u);
  const auto access = numbers.lock();
  stop.request_stop();
  EXPECT_TRUE(Child([&] {
                int told = 0;
                try {
                  static_cast<void>(numbers.lock(stop.get_token()));
                } catch (const twill::CancelledError&) {
                  ++told;
                }
                try {
                  static_cast<void>(numbers.lock_shared(stop.get_token()));
                } catch (const twill::CancelledError&) {
                  ++told;
                }
                return told == 2;
              }).succeeds());
}

TEST(SharedTest, after_a_killed_writer_it_is_made_anew_and_after_a_reader_not) {
  mp::SharedVector<int> numbers(kBytes);
  numbers.lock()->push_back(7);
  kill_one_that([&] { return numbers.lock_shared(); });
  EXPECT_EQ(numbers.lock()->at(0), 7);
  kill_one_that([&] { return numbers.lock(); });
  try {
    numbers.lock()->push_back(8);
    FAIL() << "taken in silence";
  } catch (mp::OwnerDied& dead) {
    numbers.renew();
    dead.recovered();
  }
  EXPECT_TRUE(Child([&] { return numbers.lock()->empty(); }).succeeds());
}

TEST(SharedTest, kills_at_random_leave_it_whole_or_are_told) {
  mp::SharedMap<std::string, std::vector<int>> map(kBytes);
  const auto work = [&](int turn) {
    const std::string key = std::to_string(turn % 50) + kLong;
    try {
      map.with([&](auto& all) {
        all[key].assign(static_cast<std::size_t>(turn % 50), turn);
        if (turn % 3 == 0) all.erase(all.begin());
      });
      return map.read([&](const auto& all) {
        for (const auto& [name, numbers] : all)
          if (name != std::to_string(numbers.size()) + kLong) return false;
        return true;
      });
    } catch (mp::OwnerDied& dead) {
      map.renew();
      dead.recovered();
      return true;
    }
  };
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        for (int turn = getpid() % 1000; stop == 0; ++turn)
          if (!work(turn)) return false;
        return true;
      },
      [&] { EXPECT_TRUE(work(1)); });
}

}  // namespace
