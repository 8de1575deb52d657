// That clang's thread-safety analysis knows twill's locks: this file is compiled with
// -Wthread-safety as an error. The data below may only be touched under its lock.

#include <gtest/gtest.h>

#include <mutex>

#include <twill/sync/condition.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>

namespace {

class Account {
 public:
  void pay_in(int amount) {
    const twill::Hold hold(lock_);
    add(amount);
  }
  bool try_pay_in(int amount) {
    if (!lock_.try_lock()) return false;
    add(amount);
    lock_.unlock();
    return true;
  }
  int balance() {
    lock_.lock();
    const int result = balance_;
    lock_.unlock();
    return result;
  }
  twill::Lock& lock() TWILL_ATTRIBUTE(lock_returned(lock_)) { return lock_; }

 private:
  void add(int amount) TWILL_REQUIRES(lock_) { balance_ += amount; }

  twill::Lock lock_;
  int balance_ TWILL_GUARDED_BY(lock_) = 0;
};

TEST(HoldTest, the_analysis_follows_a_lock) {
  Account account;
  account.pay_in(5);
  EXPECT_TRUE(account.try_pay_in(2));
  EXPECT_EQ(account.balance(), 7);
}

class Table {
 public:
  void set(int value) {
    const twill::Hold hold(lock_);
    value_ = value;
  }
  int get() {
    lock_.lock_shared();
    const int result = value_;
    lock_.unlock_shared();
    return result;
  }

 private:
  twill::RWLock lock_;
  int value_ TWILL_GUARDED_BY(lock_) = 0;
};

TEST(HoldTest, the_analysis_follows_a_rwlock) {
  Table table;
  table.set(3);
  EXPECT_EQ(table.get(), 3);
}

class Box {
 public:
  void put(int value) {
    const twill::Hold hold(changed_);
    value_ = value;
    changed_.notify();
  }
  int get() {
    const twill::Hold hold(changed_);
    while (value_ == 0) changed_.wait();
    return value_;
  }

 private:
  twill::Condition changed_;
  int value_ TWILL_GUARDED_BY(changed_) = 0;
};

TEST(HoldTest, the_analysis_follows_a_condition) {
  Box box;
  box.put(4);
  EXPECT_EQ(box.get(), 4);
}

TEST(HoldTest, holds_any_lockable) {
  std::mutex mutex;
  {
    const twill::Hold hold(mutex);
  }
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
  twill::RLock rlock;
  const twill::Hold hold(rlock);
  EXPECT_TRUE(rlock.is_owned());
}

}  // namespace
