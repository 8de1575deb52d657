// Paths: made of a number, of a range, of too few; read and written by a child; locked by its own
// lock, by a given one, by none; the owner killed; indices and slices at both ends and beyond;
// text.

#include <gtest/gtest.h>
#include <twill/mp/array.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/value.hpp>
#include <vector>

#include "mp/chaos.hpp"
#include "support/children.hpp"

namespace {

using support::Child;
using namespace std::chrono_literals;
namespace mp = twill::mp;

TEST(MpArrayTest, V1_so_many_zeros_or_a_copy) {
  EXPECT_EQ(mp::Array<long>(3).slice(0), (std::vector<long>{0, 0, 0}));
  EXPECT_EQ(mp::Array<long>(0).slice(0).size(), 0u);
  std::vector<int> from{1, 2, 3};
  mp::Array array(from);
  from[0] = 9;
  EXPECT_EQ(array.slice(0), (std::vector{1, 2, 3}));
  EXPECT_EQ(mp::Value<int>().get(), 0);
  EXPECT_EQ(mp::Value<int>(4).get(), 4);
}

TEST(MpArrayTest, V2_a_child_writes_what_its_parent_reads) {
  mp::Array<int> array(2000);
  mp::RawArray<int> raw(2000);
  EXPECT_TRUE(Child([&] {
                array.set(-1, 7);
                raw.at(1999) = 8;
                return true;
              }).succeeds());
  EXPECT_EQ(array.at(1999), 7);
  EXPECT_EQ(raw.at(-1), 8);
}

TEST(MpArrayTest, V3_each_access_is_locked) {
  mp::Array<int> array(2);
  EXPECT_EQ(array.get_obj().size(), 2u);
  const twill::Hold hold(array);
  EXPECT_TRUE(array.get_lock().is_owned());
  array.set(0, 1);  // once more
  EXPECT_TRUE(Child([&] { return !array.acquire(false); }).succeeds());
  const support::Common<std::atomic<int>> through(0);
  Child child([&] {
    array.set(0, array.at(0) + 1);
    *through = 1;
    return true;
  });
  support::until_asleep(child.pid());
  EXPECT_EQ(*through, 0);
  EXPECT_EQ(array.get_obj()[0], 1);
}

TEST(MpArrayTest, V3_a_value_is_acquired_and_released) {
  mp::Value<int> value;
  EXPECT_TRUE(value.acquire());
  EXPECT_TRUE(value.acquire(10ms));
  EXPECT_EQ(value.get_lock().recursion_count(), 2u);
  value.release();
  value.release();
  EXPECT_THROW(value.release(), twill::RuntimeError);
}

TEST(MpArrayTest, V5_a_given_lock_or_none) {
  mp::Lock lock;
  mp::Array array(std::vector{1, 2}, lock);
  mp::Value value(5, lock);
  EXPECT_EQ(&array.get_lock(), &lock);
  EXPECT_EQ(array.at(1), 2);
  EXPECT_EQ(value.get(), 5);
  const twill::Hold hold(lock);
  EXPECT_FALSE(array.acquire(false));
  EXPECT_THROW(value.set(1), twill::DeadlockError);
  EXPECT_EQ(*value.get_obj(), 5);
  mp::RawValue<int> bare(3);
  *bare += 1;
  EXPECT_TRUE(Child([&] { return ++*bare == 5; }).succeeds());
  EXPECT_EQ(*bare, 5);
}
static_assert(!mp::detail::Acquires<int>);

TEST(MpArrayTest, V6_indices_count_from_both_ends) {
  mp::Array array(std::vector{1, 2, 3});
  EXPECT_EQ(array.at(0), 1);
  EXPECT_EQ(array.at(-3), 1);
  EXPECT_EQ(array.at(-1), 3);
  EXPECT_THROW(array.at(3), twill::IndexError);
  EXPECT_THROW(array.at(-4), twill::IndexError);
  EXPECT_THROW(array.set(3, 1), twill::IndexError);
  EXPECT_FALSE(array.get_lock().locked());
  EXPECT_THROW(mp::Array<int>(-1), twill::ValueError);
  constexpr auto kTooMany = mp::Array<int>::kEnd;
  EXPECT_THROW(mp::Array<int>{kTooMany}, twill::ValueError);
}

TEST(MpArrayTest, V6_slices_are_read_and_written) {
  mp::Array array(std::vector{1, 2, 3, 4, 5});
  EXPECT_EQ(array.slice(1, 3), (std::vector{2, 3}));
  EXPECT_EQ(array.slice(-2), (std::vector{4, 5}));
  EXPECT_EQ(array.slice(-100, 1), (std::vector{1}));
  EXPECT_TRUE(array.slice(3, 1).empty());
  EXPECT_TRUE(array.slice(100).empty());
  array.assign(1, 3, std::vector{8, 9});
  EXPECT_EQ(array.slice(0), (std::vector{1, 8, 9, 4, 5}));
  EXPECT_THROW(array.assign(1, 3, std::vector{8}), twill::ValueError);
  EXPECT_THROW(array.assign(4, 9, std::vector{8, 9}), twill::ValueError);
  array.assign(1, 5, array.get_obj().first(4));
  EXPECT_EQ(array.slice(0), (std::vector{1, 1, 8, 9, 4}));
  array.assign(2, 2, {});
  mp::RawArray raw(std::vector{1, 2, 3});
  raw.slice(1)[0] = 7;
  EXPECT_EQ(raw.at(1), 7);
}

TEST(MpArrayTest, V7_integers_wrap_to_their_width) {
  mp::Array<signed char> array(1);
  array.set(0, static_cast<signed char>(300));
  EXPECT_EQ(array.at(0), 44);
}

TEST(MpArrayTest, V8_text_ends_at_the_first_nul) {
  mp::Array<char> text(5);
  EXPECT_EQ(text.value(), "");
  text.set_value("hello");
  EXPECT_EQ(text.value(), "hello");
  text.set_value("ab");
  EXPECT_EQ(text.value(), "ab");
  EXPECT_EQ(text.raw(), std::string("ab\0lo", 5));
  EXPECT_THROW(text.set_value("sixsix"), twill::ValueError);
}

TEST(MpArrayTest, who_comes_after_a_killed_owner_is_told) {
  if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  mp::Array<int> array(2);
  Child([&] {
    array.lock();
    array.get_obj()[0] = 1;
    return ::kill(getpid(), SIGKILL) == 0;
  }).succeeds();
  try {
    array.at(0);
    ADD_FAILURE() << "nobody told";
  } catch (mp::OwnerDied& dead) {
    EXPECT_TRUE(array.get_lock().is_owned());
    array.get_obj()[1] = 1;
    dead.recovered();
  }
  EXPECT_EQ(array.slice(0), (std::vector{1, 1}));
}

TEST(MpChaosArrayTest, nothing_is_torn_in_silence) {
  mp::Array<int> array(8);
  const support::Common<std::atomic<int>> torn(0);
  const auto add = [&] {
    try {
      const twill::Hold hold(array);
      for (const int each : array.get_obj())
        if (each != array.at(0)) ++*torn;
      for (int& each : array.get_obj()) ++each;
    } catch (mp::OwnerDied& dead) {
      for (int& each : array.get_obj()) each = 0;
      dead.recovered();
    }
  };
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) add();
        return true;
      },
      add);
  EXPECT_EQ(*torn, 0);
}

}  // namespace
