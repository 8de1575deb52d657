// The deque of a worker, and the word between those who push jobs and those who look for them, with
// both kinds of barrier.
//   each job is taken once, by the owner or by the thief, also the last one
//   what was done before a push is seen by the thief, and rings may be replaced meanwhile
//   a job that is pushed while a worker falls asleep is seen by the worker, or it is called

#include <array>

#include "model/litmus.hpp"
#include "park/word_lock.hpp"
#include "task/appetite.hpp"
#include "task/deque.hpp"

using namespace litmus;
using detail::Appetite;
using detail::Deque;

namespace {

struct Parcel final : detail::Job {
  void run() override {}
  void abandon(const std::exception_ptr&) noexcept override {}
  void take() {
    check(content.get() == 1, "what was pushed is there");
    check(taken.fetch_add(1, relaxed) == 0, "nobody else has it");
  }
  Plain<int> content{0};
  atomic<int> taken{0};
};

void push(Deque& deque, Parcel& parcel) {
  parcel.content.set(1);
  deque.push(parcel);
}

bool pop(Deque& deque) {
  auto* const job = static_cast<Parcel*>(deque.pop());
  if (job != nullptr) job->take();
  return job != nullptr;
}

bool steal(Deque& deque) {
  auto* const job = static_cast<Parcel*>(deque.steal());
  if (job != nullptr) job->take();
  return job != nullptr;
}

/// The owner pushes two and pops two, the thief steals as often.
void two_and_a_thief() {
  Deque deque(4);
  std::array<Parcel, 2> parcels;
  together(
      [&] {
        push(deque, parcels[0]);
        push(deque, parcels[1]);
        pop(deque);
        pop(deque);
      },
      [&] {
        steal(deque);
        steal(deque);
      });
  while (pop(deque)) continue;
  for (Parcel& each : parcels) check(each.taken.load(relaxed) == 1, "each is taken");
}

using DequeTest = Door;
LITMUS_IN_BOTH_MODES(DequeTest);

TEST_P(DequeTest, each_is_taken_once) {
  expect_holds({.preemptions = 4, .stale = 4}, two_and_a_thief);
}

TEST_P(DequeTest, the_last_one) {
  expect_holds({.preemptions = 5}, [] {
    Deque deque(2);
    Parcel parcel;
    bool popped = false;
    bool stolen = false;
    push(deque, parcel);
    together([&] { popped = pop(deque); }, [&] { stolen = steal(deque); });
    check(popped || stolen || pop(deque), "it is not lost");
  });
}

TEST_P(DequeTest, a_ring_is_replaced_while_a_thief_looks) {
  expect_holds({.preemptions = 3}, [] {
    Deque deque(2);
    std::array<Parcel, 4> parcels;
    push(deque, parcels[0]);
    push(deque, parcels[1]);
    together(
        [&] {
          push(deque, parcels[2]);
          push(deque, parcels[3]);
          pop(deque);
        },
        [&] {
          steal(deque);
          steal(deque);
        });
    while (pop(deque)) continue;
    for (Parcel& each : parcels) check(each.taken.load(relaxed) == 1, "each is taken");
  });
}

TEST(SeededDequeTest, without_the_barrier) {
  expect_fails({.preemptions = 4, .stale = 4, .barriers = false}, "nobody else has it",
               two_and_a_thief);
}

/// A worker that falls asleep, and one who pushes: one of them sees the other.
void push_and_fall_asleep() {
  Appetite appetite;
  appetite.set(Appetite::none, true);
  Deque deque(2);
  Parcel parcel;
  bool told = false;
  bool saw = false;
  together(
      [&] {
        push(deque, parcel);
        told = appetite.asked() == Appetite::sleeps;
      },
      [&] {
        appetite.set(Appetite::sleeps, true);
        saw = !deque.seems_empty();
      });
  check(told || saw, "the job has somebody");
}

using AppetiteTest = Door;
LITMUS_IN_BOTH_MODES(AppetiteTest);

TEST_P(AppetiteTest, who_pushes_and_who_falls_asleep_do_not_miss_one_another) {
  expect_holds({.preemptions = 6, .stale = 3}, push_and_fall_asleep);
}

/// Who pushes comes under the lock, before or after the one who falls asleep.
void push_by_who_comes_later() {
  detail::WordLock lock;
  Appetite appetite;
  appetite.set(Appetite::none, true);
  Deque deque(2);
  Parcel parcel;
  bool has_place = false;
  bool told = false;
  bool saw = false;
  together(
      [&] {
        lock.lock();
        has_place = true;
        lock.unlock();
        push(deque, parcel);
        told = appetite.asked() == Appetite::sleeps;
      },
      [&] {
        lock.lock();
        appetite.set(Appetite::sleeps, has_place);
        saw = !deque.seems_empty();
        lock.unlock();
      });
  check(told || saw, "the job has somebody");
}

TEST_P(AppetiteTest, a_barrier_is_for_those_who_have_a_place) {
  expect_holds({.preemptions = 4, .stale = 3}, push_by_who_comes_later);
}

TEST(SeededAppetiteTest, without_the_barrier) {
  expect_fails({.preemptions = 6, .stale = 3, .barriers = false}, "the job has somebody",
               push_and_fall_asleep);
}

}  // namespace
