// Paths: objects born watched and not; each operation of each primitive; sleeps of any object; the
// observer taken away.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <twill/park/observer.h>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

/// An observer for a scope, which writes down "operation kind" of every event of one object.
class Recorder {
 public:
  Recorder() : observer_{sizeof(twill_observer), this, on_event} { twill_observe(&observer_); }
  ~Recorder() { twill_observe(nullptr); }

  void follow(const void* object) { object_ = object; }
  std::string seen() {
    const std::scoped_lock hold(mutex_);
    return std::exchange(seen_, {});
  }

 private:
  static void on_event(void* data, const twill_event* event) {
    constexpr const char* kNames[] = {"",    "acquire", "try",  "release", "wait", "notify", "put",
                                      "get", "start",   "join", "sleep",   "look", "change"};
    auto& self = *static_cast<Recorder*>(data);
    EXPECT_EQ(event->size, sizeof(twill_event));
    EXPECT_NE(event->context, 0u);
    if (event->object != self.object_) return;
    const std::scoped_lock hold(self.mutex_);
    if (!self.seen_.empty()) self.seen_ += ' ';
    self.seen_ += kNames[event->operation];
    self.kind = event->kind;
  }

 public:
  std::string kind;

 private:
  twill_observer observer_;
  const void* object_ = nullptr;
  std::mutex mutex_;
  std::string seen_;
};

TEST(ObserverTest, a_watched_lock_shows_every_operation) {
  Recorder recorder;
  twill::Lock lock;
  recorder.follow(&lock);
  lock.lock();
  lock.unlock();
  EXPECT_EQ(recorder.seen(), "acquire release");
  EXPECT_EQ(recorder.kind, "Lock");
  EXPECT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.try_lock());
  lock.release();
  EXPECT_EQ(recorder.seen(), "try try release");
  lock.acquire();
  lock.release();
  EXPECT_TRUE(lock.acquire(false));
  lock.unlock();
  EXPECT_EQ(recorder.seen(), "acquire release try release");
  EXPECT_FALSE(lock.locked());
  EXPECT_EQ(recorder.seen(), "look");
}

TEST(ObserverTest, a_watched_rlock_shows_every_operation) {
  Recorder recorder;
  twill::RLock lock;
  recorder.follow(&lock);
  lock.lock();
  lock.lock();
  EXPECT_TRUE(lock.try_lock());
  for (int i = 0; i < 2; ++i) lock.unlock();
  lock.release();
  EXPECT_EQ(recorder.seen(), "acquire acquire try release release release");
  EXPECT_FALSE(lock.locked());
}

TEST(ObserverTest, a_watched_semaphore_shows_every_operation) {
  Recorder recorder;
  twill::Semaphore semaphore(1);
  recorder.follow(&semaphore);
  semaphore.acquire();
  semaphore.release(2);
  EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_EQ(recorder.seen(), "acquire release try");
  EXPECT_EQ(semaphore.value(), 1);
  EXPECT_EQ(recorder.seen(), "look");
}

TEST(ObserverTest, a_watched_event_shows_waits_that_need_not_wait) {
  Recorder recorder;
  twill::Event event;
  recorder.follow(&event);
  event.set();
  event.wait();
  EXPECT_TRUE(event.try_wait());
  EXPECT_TRUE(event.is_set());
  event.clear();
  EXPECT_EQ(recorder.seen(), "notify wait wait look change");
}

TEST(ObserverTest, a_watched_condition_shows_every_operation) {
  Recorder recorder;
  twill::Lock lock;
  twill::Condition condition(lock);
  recorder.follow(&condition);
  lock.lock();
  condition.notify();
  EXPECT_FALSE(condition.wait(1ms));
  lock.unlock();
  EXPECT_EQ(recorder.seen(), "notify wait sleep");
}

TEST(ObserverTest, a_watched_rwlock_shows_every_operation) {
  Recorder recorder;
  twill::RWLock lock;
  recorder.follow(&lock);
  lock.lock();
  lock.unlock();
  lock.lock_shared();
  lock.lock_shared();
  lock.unlock_shared();
  lock.unlock_shared();
  EXPECT_EQ(recorder.seen(), "acquire release acquire acquire release release");
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(ObserverTest, an_unwatched_object_shows_its_sleeps_only) {
  twill::Lock lock;
  twill::Event event;
  Recorder recorder;
  recorder.follow(&lock);
  lock.lock();
  EXPECT_FALSE(lock.try_lock_for(1ms));
  lock.unlock();
  EXPECT_EQ(recorder.seen(), "sleep");
  recorder.follow(&event);
  EXPECT_FALSE(event.wait(1ms));
  event.set();
  EXPECT_EQ(recorder.seen(), "sleep");
}

TEST(ObserverTest, a_watched_object_works_as_any_other_with_many_threads) {
  Recorder recorder;
  twill::Lock lock;
  twill::RWLock table;
  long count = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        const std::shared_lock reading(table);
        const std::scoped_lock hold(lock);
        ++count;
      }
    });
  threads.clear();
  EXPECT_EQ(count, 1'500);
}

TEST(ObserverTest, what_was_born_watched_outlives_the_observer) {
  auto recorder = std::make_unique<Recorder>();
  twill::Lock lock;
  recorder.reset();
  lock.lock();
  lock.unlock();
  EXPECT_FALSE(lock.locked());
}

}  // namespace
