// Paths, for each start method that makes a new program: values, arrays and memory, with a lock of
// their own and with one that others have; a condition on either kind of lock; a lock for readers;
// what is closed, torn or of another size.

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unistd.h>

#include <twill/mp/array.hpp>
#include <twill/mp/condition.hpp>
#include <twill/mp/event.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/mp/rwlock.hpp>
#include <twill/mp/shared_memory.hpp>
#include <twill/mp/value.hpp>
#include <twill/sync/hold.hpp>

#include "mp/offers.hpp"
#include "mp/processes.hpp"
#include "mp/start_methods.hpp"
#include "support/child.hpp"

namespace {

namespace mp = twill::mp;
namespace detail = twill::mp::detail;
using offers::expect_refused;
using start_methods::code_of;

template <class Method>
class OfferMemoryTest : public start_methods::Test {};
TYPED_TEST_SUITE(OfferMemoryTest, start_methods::All, start_methods::Names);

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  processes::for_ever();
}

TYPED_TEST(OfferMemoryTest, values_and_arrays_are_the_same_everywhere) {
  mp::Value<double> number(1.5);
  mp::Array<int> counts(10);
  mp::RawValue<long> raw(3);
  mp::RawArray<char> none(0);
  const auto change = [](mp::Value<double>& a, mp::Array<int>& b, mp::RawValue<long>& c,
                         mp::RawArray<char>& d) {
    a.set(a.get() * 2);
    b.set(-1, 7);
    *c += static_cast<long>(b.size() + d.size());
  };
  EXPECT_EQ(code_of(TypeParam(), change, std::ref(number), std::ref(counts), std::ref(raw),
                    std::ref(none)),
            0);
  EXPECT_EQ(number.get(), 3.0);
  EXPECT_EQ(counts.at(9), 7);
  EXPECT_EQ(*raw, 13);
}

void add_often(mp::Value<int, mp::Lock>& sum, mp::Lock& lock) {
  for (int i = 0; i < 10'000; ++i) {
    const std::lock_guard hold(lock);
    ++*sum.get_obj();
  }
}

TYPED_TEST(OfferMemoryTest, a_value_keeps_the_lock_that_it_was_given) {
  mp::Lock lock;
  mp::Value<int, mp::Lock> sum(0, lock);
  mp::Process child(TypeParam(), add_often, std::ref(sum), std::ref(lock));
  child.start();
  for (int i = 0; i < 10'000; ++i) {
    const twill::Hold hold(sum);
    ++*sum.get_obj();
  }
  child.join();
  EXPECT_EQ(sum.get(), 20'000);
}

TYPED_TEST(OfferMemoryTest, memory_is_attached) {
  mp::SharedMemory bytes(100'000);
  bytes.buf()[99'999] = std::byte{1};
  const std::string name = "twill_offer_" + std::to_string(getpid());
  mp::SharedMemory named(name, 10);
  const auto answer = [](mp::SharedMemory& a, mp::SharedMemory& b) {
    if (a.size() != 100'000 || b.size() != 10 || !a.name().empty()) throw mp::SystemExit(1);
    b.buf()[0] = a.buf().back();
  };
  EXPECT_EQ(code_of(TypeParam(), answer, std::ref(bytes), std::ref(named)), 0);
  EXPECT_EQ(named.buf()[0], std::byte{1});
  named.unlink();
}

template <class L>
void ask_and_answer(mp::Condition& condition, mp::Value<int, L>& stage) {
  const std::lock_guard hold(condition);
  *stage.get_obj() = 1;
  condition.notify();
  condition.wait_for([&] { return *stage.get_obj() == 2; });
}

template <class L>
void talk(auto method, mp::Condition& condition, L& lock) {
  mp::Value<int, L> stage(0, lock);
  mp::Process child(method, ask_and_answer<L>, std::ref(condition), std::ref(stage));
  child.start();
  {
    const std::lock_guard hold(condition);
    condition.wait_for([&] { return *stage.get_obj() == 1; });
    *stage.get_obj() = 2;
    condition.notify();
  }
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
}

TYPED_TEST(OfferMemoryTest, a_condition_comes_with_its_lock_of_either_kind) {
  mp::Lock plain;
  mp::Condition on_plain(plain);
  talk(TypeParam(), on_plain, plain);
  mp::RLock recursive;
  mp::Condition on_recursive(recursive);
  talk(TypeParam(), on_recursive, recursive);
}

TYPED_TEST(OfferMemoryTest, readers_and_writers_of_two_programs_see_each_other) {
  mp::RWLock lock({.name = "catalogue"});
  const auto look = [](mp::RWLock& mine, const mp::RWLock&) {
    if (mine.name() != "catalogue" || mine.try_lock()) throw mp::SystemExit(1);
    if (!mine.try_lock_shared()) throw mp::SystemExit(2);
    die();
  };
  std::shared_lock reads(lock);
  EXPECT_EQ(code_of(TypeParam(), look, std::ref(lock), std::cref(lock)), -SIGKILL);
  reads.unlock();
  const std::unique_lock writes(lock, std::try_to_lock);
  EXPECT_TRUE(writes.owns_lock()) << "who is dead reads no more";
}

TYPED_TEST(OfferMemoryTest, others_are_told_of_a_killed_writer) {
  mp::RWLock lock;
  const auto die_writing = [](mp::RWLock& mine) {
    mine.lock();
    die();
  };
  EXPECT_EQ(code_of(TypeParam(), die_writing, std::ref(lock)), -SIGKILL);
  EXPECT_THROW(std::lock_guard hold(lock), mp::OwnerDied);
}

void do_nothing(mp::SharedMemory&) {}

TEST(OfferedMemoryTest, what_is_closed_is_not_offered) {
  mp::SharedMemory bytes(10);
  bytes.close();
  EXPECT_THROW(mp::Process(mp::spawn, do_nothing, std::ref(bytes)), twill::ValueError);
  mp::SharedMemory moved_from(10);
  const mp::SharedMemory taken = std::move(moved_from);
  EXPECT_THROW(mp::Process(mp::spawn, do_nothing, std::ref(moved_from)), twill::ValueError);
}

TEST(OfferedMemoryTest, a_descriptor_that_is_anothers_by_now_is_left_alone) {
  const auto result = support::run_in_child([] {
    int number = -1;
    {
      const mp::SharedMemory bytes(10);
      number = static_cast<int>(detail::Offering::of(bytes).files[0]);
      close(number);
      if (dup2(STDERR_FILENO, number) != number) return 1;
    }
    return fcntl(number, F_GETFD) >= 0 ? 7 : 2;
  });
  EXPECT_EQ(result.exit_code, 7);
}

TEST(OfferedMemoryTest, memory_of_another_size_or_kind_is_refused) {
  const mp::RawValue<int> number(1);
  const detail::Offer good = detail::Offering::of(number);
  expect_refused<mp::RawValue<long>>(good);
  detail::Offer bad = good;
  for (const std::int64_t size : {-1L, 0L, 3L, 5L, 1L << 50}) {
    bad.numbers[0] = size;
    expect_refused<mp::RawValue<int>>(bad);
  }
  bad = good;
  for (const int file : {-1, STDIN_FILENO}) {
    bad.files[0] = file;
    expect_refused<mp::RawValue<int>>(bad);
  }
  const mp::RawArray<int> four(4);
  detail::Offer array = detail::Offering::of(four);
  for (const std::int64_t size : {-1L, 0L, 5L, 1L << 62}) {
    array.numbers[0] = size;
    expect_refused<mp::RawArray<int>>(array);
  }
  const mp::Condition made;
  detail::Offer condition = detail::Offering::of(made);
  condition.numbers[0] = 2;
  expect_refused<mp::Condition>(condition);
}

}  // namespace
