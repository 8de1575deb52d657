// Paths, for each start method that makes a new program: an object of each kind that a child gets
// by reference; what it is after a kill of the one or the other; the last peer; a grandchild, and a
// forked one; a process that was never there; an initializer of a pool; what is refused.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <string>
#include <unistd.h>

#include <twill/mp/barrier.hpp>
#include <twill/mp/bounded_semaphore.hpp>
#include <twill/mp/decode_error.hpp>
#include <twill/mp/event.hpp>
#include <twill/mp/joinable_queue.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/pool.hpp>
#include <twill/mp/queue.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/mp/simple_queue.hpp>
#include <twill/sync/hold.hpp>

#include "mp/arena.hpp"
#include "mp/chaos.hpp"
#include "mp/invitation.hpp"
#include "mp/offers.hpp"
#include "mp/processes.hpp"
#include "mp/start_methods.hpp"
#include "platform/memory_file.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/sanitizers.hpp"

namespace {

namespace mp = twill::mp;
namespace detail = twill::mp::detail;
using offers::expect_refused;
using start_methods::code_of;
using start_methods::End;
using start_methods::end_of;

template <class Method>
class OfferTest : public start_methods::Test {};
TYPED_TEST_SUITE(OfferTest, start_methods::All, start_methods::Names);

int taken_seats() {
  detail::clear_after_dead();
  return static_cast<int>(std::ranges::count_if(
      detail::arena().seats, [](const auto& seat) { return seat.life.word.load() != 0; }));
}

void add_up(mp::Queue<int>& numbers, mp::SimpleQueue<std::string>& sums) {
  int sum = 0;
  while (const int number = numbers.get()) sum += number;
  sums.put(std::to_string(sum));
}

TYPED_TEST(OfferTest, a_child_gets_from_a_queue_and_puts_into_one) {
  mp::Queue<int> numbers;
  mp::SimpleQueue<std::string> sums;
  mp::Process child(TypeParam(), add_up, std::ref(numbers), std::ref(sums));
  child.start();
  for (const int number : {1, 2, 3, 0}) numbers.put(number);
  EXPECT_EQ(sums.get(), "6");
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
}

TYPED_TEST(OfferTest, locks_keep_their_state_and_their_names) {
  mp::Lock lock({.name = "till"});
  mp::RLock again;
  mp::Semaphore two(2);
  mp::BoundedSemaphore one(1);
  two.acquire();
  const auto look = [](mp::Lock& a, mp::RLock& b, mp::Semaphore& c, mp::BoundedSemaphore& d) {
    if (a.name() != "till" || a.acquire(false)) throw mp::SystemExit(1);
    if (!b.acquire(false) || !b.acquire(false)) throw mp::SystemExit(2);
    if (!c.acquire(false) || c.acquire(false)) throw mp::SystemExit(3);
    try {
      d.release();
    } catch (const twill::ValueError&) {
      throw mp::SystemExit(4);
    }
  };
  const twill::Hold hold(lock);
  EXPECT_EQ(
      code_of(TypeParam(), look, std::ref(lock), std::ref(again), std::ref(two), std::ref(one)), 4);
  EXPECT_EQ(two.get_value(), 0);
}

TYPED_TEST(OfferTest, a_barrier_and_an_event_bring_processes_together) {
  mp::Barrier barrier(3, {.timeout = std::chrono::hours(1)});
  mp::Event seen;
  const auto meet = [](mp::Barrier& all, const mp::Event&, mp::Event& event) {
    if (all.parties() != 3) throw mp::SystemExit(1);
    all.wait();
    event.wait();
  };
  mp::Process one(TypeParam(), meet, std::ref(barrier), std::cref(seen), std::ref(seen));
  mp::Process two(TypeParam(), meet, std::ref(barrier), std::cref(seen), std::ref(seen));
  one.start();
  two.start();
  barrier.wait();
  EXPECT_TRUE(one.is_alive() && two.is_alive());
  seen.set();
  one.join();
  two.join();
  EXPECT_EQ(one.exitcode(), 0);
  EXPECT_EQ(two.exitcode(), 0);
}

TYPED_TEST(OfferTest, items_are_done_in_another_process) {
  mp::JoinableQueue<std::string> tasks;
  tasks.put("one");
  tasks.put("two");
  mp::Process child(
      TypeParam(),
      [](mp::JoinableQueue<std::string>& queue) {
        for (int i = 0; i < 2; ++i) {
          queue.get();
          queue.task_done();
        }
      },
      std::ref(tasks));
  child.start();
  tasks.join();
  EXPECT_EQ(tasks.unfinished_tasks(), 0u);
}

TYPED_TEST(OfferTest, others_are_told_of_a_killed_owner) {
  mp::Lock lock;
  mp::Event taken;
  mp::Process child(
      TypeParam(),
      [](mp::Lock& mine, mp::Event& event) {
        mine.lock();
        event.set();
        processes::for_ever();
      },
      std::ref(lock), std::ref(taken));
  child.start();
  taken.wait();
  child.kill();
  EXPECT_THROW(std::lock_guard hold(lock), mp::OwnerDied);
}

TYPED_TEST(OfferTest, a_wait_ends_with_the_last_process_that_could_end_it) {
  mp::Queue<int> queue;
  mp::Event other;  // which the child has not
  mp::Process child(
      TypeParam(), [](mp::Queue<int>& mine) { mine.put(1), processes::for_ever(); },
      std::ref(queue));
  child.start();
  EXPECT_EQ(queue.get(), 1);
  child.kill();
  EXPECT_THROW(queue.get(), mp::PeerDied);
}

TYPED_TEST(OfferTest, a_wait_ends_with_a_process_that_never_made_its_call) {
  mp::Queue<int> queue;
  EXPECT_EQ(end_of(TypeParam(), [](mp::Queue<int>&, int) {}, std::ref(queue), 1).code, 0);
  EXPECT_THROW(queue.get(), mp::PeerDied);
}

void wait_for(mp::Event& begin, mp::Event& end) {
  begin.set();
  try {
    end.wait();
  } catch (const mp::PeerDied&) {
    _exit(0);
  }
}

TYPED_TEST(OfferTest, a_child_hears_of_its_parents_death) {
  processes::Witness witness;
  const auto result = support::run_in_child([] {
    mp::Event begin, end;
    mp::Process child(TypeParam(), wait_for, std::ref(begin), std::ref(end));
    child.start();
    begin.wait();
    _exit(5);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 5) << result.text;
  EXPECT_TRUE(witness.sees_the_end());
}

template <class Method>
void pass_on(mp::Queue<int>& queue, int generations) {
  queue.put(generations);
  if (generations == 0) return;
  mp::Process child(Method(), pass_on<Method>, std::ref(queue), generations - 1);
  child.start();
  child.join();
  throw mp::SystemExit(*child.exitcode());
}

TYPED_TEST(OfferTest, a_child_passes_it_on_to_its_own) {
  mp::Queue<int> queue;
  EXPECT_EQ(code_of(TypeParam(), pass_on<TypeParam>, std::ref(queue), 2), 0);
  for (const int generation : {2, 1, 0}) EXPECT_EQ(queue.get_nowait(), generation);
}

TYPED_TEST(OfferTest, a_child_makes_objects_of_its_own_and_forks) {
  mp::Queue<int> queue;
  const auto fork_one = [](mp::Queue<int>& shared) {
    mp::Event own;
    mp::Process forked([&] {
      shared.put(7);
      own.set();
    });
    forked.start();
    own.wait();
    forked.join();
    throw mp::SystemExit(*forked.exitcode());
  };
  EXPECT_EQ(code_of(TypeParam(), fork_one, std::ref(queue)), 0);
  EXPECT_EQ(queue.get_nowait(), 7);
}

TYPED_TEST(OfferTest, who_has_objects_of_its_own_already_is_told) {
  mp::Queue<int> queue;
  const auto result = support::run_in_child([&] {
    setenv("TWILL_TEST_OFFER", "lock", 1);
    return *code_of(TypeParam(), [](mp::Queue<int>&) {}, std::ref(queue));
  });
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.text.find("this process has made a shared object before"), std::string::npos)
      << result.text;
}

/// A static object that shares something, or a program that crashes at its start.
const bool makes_one = [] {
  const char* const wish = std::getenv("TWILL_TEST_OFFER");
  if (wish != nullptr && std::string_view(wish) == "kill") raise(SIGKILL);
  if (wish != nullptr) new mp::Lock;
  return true;
}();

TYPED_TEST(OfferTest, seats_and_descriptors_come_back) {
  mp::Queue<int> queue;
  const auto start_one = [&] {
    return code_of(TypeParam(), [](mp::Queue<int>& shared) { shared.put(1); }, std::ref(queue));
  };
  EXPECT_EQ(start_one(), 0);
  const int seats = taken_seats(), descriptors = chaos::open_descriptors();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(start_one(), 0);
  EXPECT_EQ(taken_seats(), seats);
  EXPECT_EQ(chaos::open_descriptors(), descriptors);
}

mp::Queue<int>* of_worker = nullptr;

TEST(OfferedTest, the_initializer_of_a_pool_gets_one) {
  mp::Queue<int> queue;
  {
    mp::Pool pool({.processes = 2,
                   .initializer =
                       mp::Call([](mp::Queue<int>& mine) { of_worker = &mine; }, std::ref(queue))});
    pool.map([](int n) { of_worker->put(n); }, std::vector{1, 2, 3});
  }
  EXPECT_EQ(queue.get_nowait() + queue.get_nowait() + queue.get_nowait(), 6);
  detail::end_fork_server();
}

TEST(OfferedTest, a_process_that_does_not_come_is_waited_for_no_longer) {
  mp::Event event;
  {
    const detail::Invitation invitation({detail::Offering::of(event)});
    EXPECT_FALSE(event.wait(std::chrono::milliseconds(5)));
  }
  EXPECT_THROW(event.wait(), mp::PeerDied);
}

TEST(OfferedTest, a_fork_meanwhile_does_not_stand_in_for_it) {
  mp::Event event;
  std::optional<detail::Invitation> invitation;
  invitation.emplace(std::vector{detail::Offering::of(event)});
  const int seat = invitation->seat();
  const support::Gate gate;
  chaos::Child fork([&] {
    gate.open();
    for (;;) pause();
    return true;
  });
  support::Gate::wait(gate.path());
  invitation.reset();
  detail::clear_after_dead();
  EXPECT_EQ(detail::arena().seats[seat].life.word.load(), 0u);
  fork.kill();
}

TEST(OfferedTest, who_is_killed_before_it_has_its_seat_is_found_dead) {
  if (support::kThreadSanitizer)
    GTEST_SKIP() << "a thread of its runtime is never known not to end the wait";
  const auto result = support::run_in_child([] {
    mp::Event event;
    setenv("TWILL_TEST_OFFER", "kill", 1);
    mp::Process child(mp::spawn, [](mp::Event&) {}, std::ref(event));
    child.start();
    try {
      event.wait();
    } catch (const mp::PeerDied&) {
      child.join();
      return child.exitcode() == -SIGKILL ? 7 : 8;
    }
    return 9;
  });
  EXPECT_EQ(result.exit_code, 7) << result.text;
}

/// In a process that has no shared objects yet.
void be_invited_by_garbage(int seat, int file) {
  try {
    detail::accept_invitation(seat, twill::detail::Descriptor(dup(file)));
  } catch (const mp::DecodeError&) {
    throw mp::SystemExit(7);
  }
}

TEST(OfferedTest, an_invitation_is_checked) {
  EXPECT_EQ(code_of(mp::spawn, be_invited_by_garbage, 0, STDIN_FILENO), 7);
  EXPECT_EQ(code_of(mp::spawn, be_invited_by_garbage, 0, -1), 7);
  const auto wrong_seat = [](mp::Event&) {
    for (const int seat : {-1, 0, 123, 124}) {  // 0 is the parent's
      const int file = twill::detail::make_memory_file("arena", sizeof(detail::Arena));
      try {
        detail::accept_invitation(seat, twill::detail::Descriptor(file));
        throw mp::SystemExit(1);
      } catch (const twill::RuntimeError&) {  // it has another
      }
    }
  };
  mp::Event event;
  EXPECT_EQ(code_of(mp::spawn, wrong_seat, std::ref(event)), 0);
  EXPECT_EQ(code_of(mp::spawn,
                    [] {
                      const int file =
                          twill::detail::make_memory_file("arena", sizeof(detail::Arena));
                      for (const int seat : {-1, 0, 123, 124}) be_invited_by_garbage(seat, file);
                    }),
            7);
}

TEST(OfferedTest, an_offer_is_checked) {
  mp::Event event;
  mp::Queue<int> queue;
  const detail::Offer good = detail::Offering::of(queue);
  detail::Offer bad = good;
  for (const std::uint32_t block : {1000u, 4096u, 0xffff'ffffu}) {
    bad.blocks[0] = block;
    expect_refused<mp::Queue<int>>(bad);
    expect_refused<mp::Event>(bad);
  }
  bad = good;
  for (const int file : {-1, STDIN_FILENO}) {
    bad.files[0] = file;
    expect_refused<mp::Queue<int>>(bad);
  }
  bad = good;
  for (const std::int64_t bytes : {-1L, 0L, 4097L, 1L << 16, 1L << 40}) {
    bad.numbers[1] = bytes;
    expect_refused<mp::Queue<int>>(bad);
  }
  const mp::Semaphore three(3);
  expect_refused<mp::Barrier>(detail::Offering::of(three));
  expect_refused<mp::Event>({});
  expect_refused<mp::Queue<int>>(detail::Offering::of(event));
}

TEST(OfferedTest, a_queue_whose_descriptor_was_closed_is_not_offered) {
  const auto result = support::run_in_child([] {
    mp::Queue<int> queue;
    for (int file = 3; file < 100; ++file) close(file);
    try {
      mp::Process(mp::spawn, [](mp::Queue<int>&) {}, std::ref(queue));
    } catch (const twill::RuntimeError& error) {
      dprintf(STDERR_FILENO, "%s", error.what());
      _exit(7);
    }
    return 1;
  });
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_NE(result.text.find("cannot be passed to a process"), std::string::npos) << result.text;
}

TEST(OfferedTest, a_queue_that_was_closed_is_not_offered) {
  mp::Queue<int> queue;
  queue.close();
  EXPECT_THROW(mp::Process(mp::spawn, [](mp::Queue<int>&) {}, std::ref(queue)), twill::ValueError);
}

TEST(OfferedTest, an_object_outlives_the_start) {
  std::optional<mp::Event> event(std::in_place);
  mp::Process child(mp::spawn, [](mp::Event&) {}, std::ref(*event));
  event.reset();
  EXPECT_THROW(child.start(), twill::RuntimeError);
}

TEST(OfferedTest, an_action_of_a_barrier_does_not_cross) {
  mp::Barrier barrier(1, {.action = [] {}});
  EXPECT_THROW(mp::Process(mp::spawn, [](mp::Barrier&) {}, std::ref(barrier)), twill::RuntimeError);
}

}  // namespace
