// Items that are made and read where they lie in a queue between processes. Paths: put, given up,
// moved; full, late, stopped, shut down, closed; by another thread; in the child of a fork; of
// another size; killed with a loan, and with an item borrowed.

#include <array>
#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <twill/mp/queue.hpp>
#include <twill/mp/simple_queue.hpp>
#include <twill/platform/error.hpp>
#include <utility>

#include "mp/chaos.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using support::Child;

struct Frame {
  int number = -1;
  std::array<int, 255> pixels;
};

static_assert(mp::Lendable<Frame>);
static_assert(!mp::Lendable<std::string>);
template <class Q>
concept Lends = requires(Q& queue) { queue.loan(); };
static_assert(Lends<mp::Queue<Frame>> && Lends<mp::SimpleQueue<Frame>>);
static_assert(!Lends<mp::Queue<std::string>>);

TEST(MpLoanTest, what_is_made_in_place_is_read_in_place_by_another_process) {
  mp::Queue<Frame> queue;
  Child child([&] {
    for (int i = 0; i < 1'000; ++i) {
      const auto frame = queue.borrow();
      if (frame->number != i || frame->pixels.back() != 2 * i) return false;
    }
    return true;
  });
  for (int i = 0; i < 1'000; ++i) {
    auto frame = queue.loan();
    EXPECT_EQ(frame->number, -1);
    frame->number = i;
    frame->pixels.back() = 2 * i;
    frame.put();
    EXPECT_FALSE(frame);
  }
  EXPECT_TRUE(child.succeeds());
  EXPECT_TRUE(queue.empty());
}

TEST(MpLoanTest, an_item_is_there_with_put_and_gone_when_the_borrowing_ends) {
  mp::Queue<int> queue({.maxsize = 1});
  {
    auto loan = queue.loan();
    *loan = 7;
    EXPECT_EQ(queue.qsize(), 0U);
  }
  EXPECT_EQ(queue.qsize(), 0U);
  auto loan = queue.loan();
  *loan = 8;
  auto moved = std::move(loan);
  EXPECT_THROW(loan.put(), twill::ValueError);  // NOLINT: what is moved from is empty
  moved.put();
  EXPECT_FALSE(queue.try_loan());
  EXPECT_THROW(queue.loan(false), twill::Full);
  {
    auto first = queue.borrow();
    EXPECT_EQ(*first, 8);
    EXPECT_EQ(queue.qsize(), 1U);
    first = {};
    EXPECT_EQ(queue.qsize(), 0U);
  }
  EXPECT_FALSE(queue.try_borrow());
  EXPECT_THROW(queue.borrow(1ms), twill::Empty);
}

TEST(MpLoanTest, one_thread_at_a_time_has_an_end) {
  mp::Queue<int> queue;
  auto loan = queue.loan();
  EXPECT_THROW(queue.put(1), twill::DeadlockError);
  EXPECT_FALSE(queue.try_put(1));
  std::stop_source source;
  source.request_stop();
  EXPECT_TRUE(std::async(std::launch::async, [&] {
                EXPECT_FALSE(queue.try_put(1, twill::Timeout::never(), source.get_token()));
                EXPECT_THROW(queue.put(1, source.get_token()), twill::CancelledError);
                EXPECT_THROW(loan.put(), twill::RuntimeError);
                return true;
              }).get());
  Child child([&] {
    {
      const auto inherited = std::move(loan);
    }  // its parent's, who still has it
    queue.put(2);
    return true;
  });
  *loan = 1;
  loan.put();
  EXPECT_EQ(queue.get(), 1);
  EXPECT_EQ(queue.get(), 2);
  EXPECT_TRUE(child.succeeds());
}

TEST(MpLoanTest, nothing_is_lent_by_what_is_shut_down_or_closed) {
  mp::Queue<int> queue;
  auto loan = queue.loan();
  queue.shutdown();
  EXPECT_THROW(loan.put(), twill::ShutDown);
  loan = {};
  EXPECT_THROW(queue.loan(), twill::ShutDown);
  EXPECT_FALSE(queue.try_loan());
  EXPECT_THROW(queue.borrow(), twill::ShutDown);
  EXPECT_FALSE(queue.try_borrow());
  queue.close();
  EXPECT_THROW(queue.loan(), twill::ValueError);
  EXPECT_THROW(queue.try_borrow(), twill::ValueError);
  EXPECT_THROW((mp::Queue<std::array<int, 2'000>>({.bytes = 4'096}).loan()), twill::ValueError);
}

TEST(MpLoanTest, who_is_killed_with_a_loan_has_put_nothing_and_a_borrowed_item_is_still_there) {
  mp::Queue<int> queue;
  queue.put(1);
  Child child([&] {
    auto loan = queue.loan();
    *loan = 2;
    const auto first = queue.borrow();
    return ::kill(getpid(), SIGKILL) == 0;
  });
  EXPECT_FALSE(child.succeeds());
  EXPECT_EQ(queue.qsize(), 1U);
  queue.put(3);
  EXPECT_EQ(*queue.borrow(), 1);
  EXPECT_EQ(*queue.borrow(), 3);
}

/// Who borrows marks the item before it goes, so one that was killed in between has it seen twice,
/// and no item is missing.
TEST(MpLoanChaosTest, nothing_is_lost) {
  constexpr std::size_t kPutters = 16'384;
  struct Item {
    int putter;
    int number;
  };
  mp::Queue<Item> queue({.maxsize = 64});
  const support::Common<std::array<std::atomic<int>, kPutters>>
      seen;  // and the number expected next
  const support::Common<std::array<std::atomic<int>, kPutters>> put;
  const support::Common<std::atomic<int>> next(0);
  const support::Common<std::atomic<int>> missing(0);
  const auto look = [&](const Item& item) {
    std::atomic<int>& expected = (*seen)[static_cast<std::size_t>(item.putter)];
    if (item.number > expected) ++*missing;
    expected = item.number + 1;
  };
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        const auto me = static_cast<std::size_t>((*next)++);
        for (int i = 0; stop == 0;) {
          if (me % 2 == 0) {
            auto loan = queue.try_loan(100ms);
            if (!loan) continue;
            *loan = {static_cast<int>(me), i++};
            loan.put();
            (*put)[me] = i;
          } else if (const auto item = queue.try_borrow(100ms)) {
            look(*item);
          }
        }
        return true;
      },
      [] {});
  while (const auto item = queue.try_borrow()) look(*item);
  for (std::size_t p = 0; p < static_cast<std::size_t>(*next); p += 2)
    if ((*seen)[p] < (*put)[p]) ++*missing;
  EXPECT_EQ(*missing, 0);
  EXPECT_EQ(queue.qsize(), 0U);
}

}  // namespace
