// The queue between processes: order, kinds of items, bounds, limits, shutdown, and what happens
// when a process is killed.

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <twill/mp/peer_died.hpp>
#include <twill/mp/queue.hpp>
#include <twill/platform/error.hpp>

#include "mp/chaos.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using support::Child;

TEST(MpQueueTest, XQ1_items_come_in_order_from_another_process) {
  mp::Queue<std::string> queue;
  Child child([&] {
    for (int i = 0; i < 1'000; ++i) queue.put(std::to_string(i));
    return true;
  });
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(queue.get(), std::to_string(i));
  EXPECT_TRUE(child.succeeds());
  EXPECT_TRUE(queue.empty());
}

struct Point {
  double x, y;
  std::array<char, 16> name;
};
struct Order {
  std::string item;
  std::vector<int> counts;
};

TEST(MpQueueTest, all_that_is_sendable_crosses) {
  mp::Queue<Point> points;
  mp::Queue<Order> orders;
  mp::Queue<bool> flags;
  Child child([&] {
    points.put({1, 2, {"three"}});
    orders.put({"nut", {1, 2, 3}});
    flags.put(true);
    return true;
  });
  const Point point = points.get();
  EXPECT_EQ(point.y, 2);
  EXPECT_STREQ(point.name.data(), "three");
  const Order order = orders.get();
  EXPECT_EQ(order.item, "nut");
  EXPECT_EQ(order.counts, (std::vector{1, 2, 3}));
  EXPECT_TRUE(flags.get());
  EXPECT_TRUE(child.succeeds());
}

TEST(MpQueueTest, XQ2_what_was_put_is_there_though_its_process_is_gone) {
  mp::Queue<int> queue;
  Child child([&] {
    queue.put(7);
    ::kill(getpid(), SIGKILL);
    return true;
  });
  EXPECT_FALSE(child.succeeds());
  EXPECT_EQ(queue.qsize(), 1U);
  EXPECT_EQ(queue.get(), 7);
}

TEST(MpQueueTest, XQ5_maxsize_bounds_the_items) {
  mp::Queue<int> queue({.maxsize = 2, .name = "narrow"});
  queue.put(1);
  EXPECT_FALSE(queue.full());
  queue.put(2);
  EXPECT_TRUE(queue.full());
  EXPECT_FALSE(queue.try_put(3));
  EXPECT_THROW(queue.put(3, 10ms), twill::Full);
  EXPECT_THROW(queue.put_nowait(3), twill::Full);
  Child child([&] { return queue.get() == 1; });
  queue.put(3);  // once the child has taken one
  EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(queue.get(), 2);
  EXPECT_EQ(queue.get(), 3);
  EXPECT_THROW(queue.get(10ms), twill::Empty);
  EXPECT_EQ(queue.try_get(), std::nullopt);
}

TEST(MpQueueTest, a_full_memory_makes_puts_wait) {
  mp::Queue<std::string> queue({.bytes = 4'096});
  const std::string text(1'000, 'x');
  int there = 0;
  while (queue.try_put(text)) ++there;
  EXPECT_EQ(there, 4);
  Child child([&] { return queue.get() == text; });
  queue.put(text);
  EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(queue.qsize(), 4U);
}

TEST(MpQueueTest, an_item_that_never_fits_is_refused_at_once) {
  mp::Queue<std::string> queue({.bytes = 4'096, .name = "small"});
  try {
    queue.put(std::string(3'000, 'x'));
    FAIL() << "it cannot fit";
  } catch (const twill::ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("small"), std::string::npos) << error.what();
  }
  EXPECT_THROW((mp::Queue<int>({.bytes = std::size_t{1} << 40})), twill::ValueError);
}

TEST(MpQueueTest, stop_ends_a_wait) {
  mp::Queue<int> queue;
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_THROW(queue.get(source.get_token()), twill::CancelledError);
  EXPECT_EQ(queue.try_get(twill::Timeout::never(), source.get_token()), std::nullopt);
}

TEST(MpQueueTest, shutdown_ends_waits_in_all_processes_when_all_was_taken) {
  mp::Queue<int> queue;
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i)
    children.emplace_back([&] {
      int sum = 0;
      for (const int item : queue) sum += item;
      return sum % 10 == 0;
    });
  for (int i = 0; i < 300; ++i) queue.put(10);
  queue.shutdown();
  EXPECT_THROW(queue.put(1), twill::ShutDown);
  for (Child& child : children) EXPECT_TRUE(child.succeeds());
  EXPECT_THROW(queue.get(), twill::ShutDown);
  EXPECT_TRUE(queue.is_shutdown());
}

TEST(MpQueueTest, shutdown_at_once_drops_what_is_left) {
  mp::Queue<std::string> queue;
  for (int i = 0; i < 100; ++i) queue.put("dropped");
  queue.shutdown(true);
  EXPECT_EQ(queue.qsize(), 0U);
  EXPECT_THROW(queue.get(), twill::ShutDown);
}

template <class Call>
bool says_closed(Call&& call) {
  try {
    call();
  } catch (const twill::ValueError& error) {
    const std::string text = error.what();
    return text.find("orders") != std::string::npos &&
           text.find("was closed by this process") != std::string::npos;
  }
  return false;
}

TEST(MpQueueTest, XQ6_what_a_process_has_closed_it_cannot_use_and_the_others_can) {
  mp::Queue<int> queue({.name = "orders"});
  mp::Queue<int> go;
  Child child([&] {
    go.get();
    queue.put(queue.get() + 1);
    return go.get() == queue.get();
  });
  queue.put(1);
  queue.close();
  queue.close();
  EXPECT_TRUE(says_closed([&] { queue.put(2); }));
  EXPECT_TRUE(says_closed([&] { queue.try_put(2); }));
  EXPECT_TRUE(says_closed([&] { queue.get(); }));
  EXPECT_TRUE(says_closed([&] { queue.try_get(); }));
  EXPECT_TRUE(says_closed([&] { queue.shutdown(); }));
  EXPECT_TRUE(Child([&] { return says_closed([&] { queue.get(); }); }).succeeds());
  go.put(1);
  go.put(2);
  EXPECT_TRUE(child.succeeds());
}

TEST(MpQueueTest, XQ6_close_ends_the_waits_of_its_process) {
  mp::Queue<int> queue({.name = "orders"});
  mp::Queue<int> full({.maxsize = 1, .name = "orders"});
  full.put(1);
  Child child([&] {
    const auto ended = [](auto&& call) {
      return std::async(std::launch::async, [call] { return says_closed(call); });
    };
    auto getter = ended([&] { queue.get(); });
    auto timed = ended([&] { queue.get(1h); });
    auto putter = ended([&] { full.put(2); });
    usleep(10'000);  // they wait by now, or find it closed when they come
    queue.close();
    full.close();
    return getter.get() && timed.get() && putter.get();
  });
  EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(full.get(), 1);
  EXPECT_THROW(full.get(), mp::PeerDied);
}

TEST(MpQueueTest, who_waits_for_an_item_that_nobody_can_put_is_told) {
  mp::Queue<int> queue;
  Child child([&] {
    queue.put(1);
    return true;
  });
  EXPECT_EQ(queue.get(), 1);
  EXPECT_TRUE(child.succeeds());
  EXPECT_THROW(queue.get(), mp::PeerDied);
}

TEST(MpQueueTest, many_processes_at_both_ends_lose_and_double_nothing) {
  constexpr int kEach = 3'000;
  mp::Queue<int> queue({.maxsize = 16});
  mp::Queue<std::vector<int>> taken;
  std::vector<Child> putters, getters;
  for (int p = 0; p < 3; ++p)
    putters.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) queue.put(p * kEach + i);
      return true;
    });
  for (int g = 0; g < 3; ++g)
    getters.emplace_back([&] {
      std::vector<int> mine;
      for (const int item : queue) mine.push_back(item);
      taken.put(mine);
      return true;
    });
  for (Child& putter : putters) EXPECT_TRUE(putter.succeeds());
  queue.shutdown();
  std::set<int> all;
  std::size_t count = 0;
  for (int g = 0; g < 3; ++g)
    for (const int item : taken.get()) all.insert(item), ++count;
  for (Child& getter : getters) EXPECT_TRUE(getter.succeeds());
  EXPECT_EQ(count, std::size_t{3} * kEach);
  EXPECT_EQ(all.size(), count);
}

/// Putters and getters are killed at random. Each putter's numbers go up by one; what was put and
/// is missing was taken by a getter, at most one by each that was killed.
TEST(MpQueueChaosTest, nothing_is_lost_but_what_the_killed_had_taken) {
  constexpr int kPutters = 16'384;
  mp::Queue<std::pair<int, int>> queue({.maxsize = 64});
  const support::Common<std::array<std::atomic<int>, kPutters>> got;
  const support::Common<std::array<std::atomic<int>, kPutters>> put;
  const support::Common<std::atomic<int>> next(0);
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        const int me = (*next)++;
        if (me % 2 == 0) {
          for (int i = 0; stop == 0; ++i) {
            if (queue.try_put({me, i}, 100ms)) (*put)[static_cast<std::size_t>(me)] = i + 1;
          }
        } else {
          while (stop == 0)
            if (const auto item = queue.try_get(100ms))
              ++(*got)[static_cast<std::size_t>(item->first)];
        }
        return true;
      },
      [] {});
  std::map<int, int> left;
  while (const auto item = queue.try_get()) ++left[item->first];
  int missing = 0;
  int doubled = 0;
  for (int p = 0; p < *next; p += 2) {
    const auto at = static_cast<std::size_t>(p);
    const int there = (*got)[at] + left[p];
    missing += std::max(0, (*put)[at] - there);
    doubled += std::max(0, there - (*put)[at] - 1);  // the last one may not have been counted
  }
  EXPECT_LE(missing, chaos::kills());
  EXPECT_EQ(doubled, 0);
  EXPECT_EQ(queue.qsize(), 0U);
  queue.put({1, 2});
  EXPECT_EQ(queue.get().second, 2);
}

}  // namespace
