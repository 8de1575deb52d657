// Somebody comes too early or too late: each wrong program is found, and its cure is proved.

#include <array>
#include <mutex>

#include <twill/queue/queue.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::Thread;

TEST(OrderTest, what_a_thread_uses_is_there_before_it_starts) {
  const auto start_worker = [](bool right) {
    Shared<const char*> settings(nullptr, "settings");
    Thread worker([&] { check(settings.get() != nullptr); });
    if (right) settings = "verbose";
    worker.start();
    if (!right) settings = "verbose";
    worker.join();
  };
  expect_cure(Finding::check, start_worker);
}

TEST(OrderTest, what_is_used_is_closed_when_its_users_have_ended) {
  const auto stop = [](bool right) {
    twill::Queue<int> log({.name = "log"});
    Thread writer([&] { log.put(1); });  // ShutDown if it comes too late
    writer.start();
    if (right) writer.join();
    log.shutdown();
    if (!right) writer.join();
  };
  expect_cure(Finding::exception, stop);
}

TEST(OrderTest, what_is_shared_is_dropped_by_the_last_of_its_users) {
  const auto drop = [](bool right) {
    struct Object {
      Shared<bool> alive{true, "alive"};
    } object;
    Atomic users(2, "users");
    const auto use = [&] {
      check(object.alive.get());
      const bool last = right ? --users == 0 : (users = users - 1) == 0;
      if (last || !right) object.alive = false;
    };
    run({use, use});
    check(!object.alive.get());
  };
  expect_cure(Finding::check, drop);
}

TEST(OrderTest, the_flag_comes_after_the_data) {
  const auto publish = [](bool right) {
    Atomic ready(false, "ready");
    Shared data(0, "data");
    run({[&] {
           if (!right) ready = true;
           data = 7;
           ready = true;
         },
         [&] {
           if (ready) check(data == 7);
         }});
  };
  expect_cure(Finding::check, publish);
}

// Some set a and then b, and one looks: it shall see both or none. The more setters there are, the
// fewer of all orders show it.
void set_and_look(bool right, std::size_t setters) {
  Lock lock;
  Atomic a(0, "a");
  Atomic b(0, "b");
  const auto guarded = [&](auto action) {
    if (!right) return action();
    const Hold hold(lock);
    action();
  };
  std::vector<Body> bodies(setters, [&] { guarded([&] { a = 1, b = -1; }); });
  bodies.emplace_back([&] {
    guarded([&] {
      const int first = a;
      check(first + b == 0);
    });
  });
  run(bodies);
}

TEST(OrderTest, two_setters_and_one_who_looks) {
  expect_found(Finding::check, [] { set_and_look(false, 2); });
  expect_proof([] { set_and_look(true, 2); });
}

TEST(OrderTest, three_setters_and_one_who_looks) {
  expect_found(Finding::check, [] { set_and_look(false, 3); });
  expect_proof([] { set_and_look(true, 3); });
}

TEST(OrderTest, four_setters_and_one_who_looks) {
  expect_found(Finding::check, [] { set_and_look(false, 4); });
  expect_proof([] { set_and_look(true, 4); });
}

TEST(OrderTest, nine_setters_and_one_who_looks) {
  expect_found(Finding::check, [] { set_and_look(false, 9); });
}

// In two stages, each under a lock of its own: whoever sees the first done may miss the second.
void in_two_stages(bool right, std::size_t makers, std::size_t readers) {
  Lock first;
  Lock second;
  int made = 0;
  int packed = 0;
  const auto make = [&] {
    std::unique_lock whole(first);
    made = 1;
    if (!right) whole.unlock();
    const Hold hold(second);
    packed = made + 1;
  };
  const auto look = [&] {
    int seen = 0;
    {
      const Hold hold(first);
      seen = made;
    }
    if (seen == 0) return;
    const Hold hold(second);
    check(packed == seen + 1);
  };
  std::vector<Body> bodies(makers, make);
  bodies.insert(bodies.end(), readers, look);
  run(bodies);
}

TEST(OrderTest, two_stages) {
  expect_found(Finding::check, [] { in_two_stages(false, 1, 1); });
  expect_proof([] { in_two_stages(true, 1, 1); });
}

TEST(OrderTest, two_stages_and_many_who_look) {
  expect_found(Finding::check, [] { in_two_stages(false, 2, 4); });
  expect_silence([] { in_two_stages(true, 2, 4); }, {.runs = 4'000});
}

TEST(OrderTest, a_token_goes_round_after_its_holder_has_written) {
  const auto go_round = [](bool right) {
    constexpr int kStations = 4;
    std::array<twill::Event, kStations + 1> token;
    Shared sum(0, "sum");
    std::vector<Body> stations;
    for (int i = 0; i < kStations; ++i)
      stations.emplace_back([&, i] {
        token.at(i).wait();
        if (!right) token.at(i + 1).set();
        sum += i;
        if (right) token.at(i + 1).set();
      });
    token[0].set();
    run(stations);
    check(sum == 0 + 1 + 2 + 3);
  };
  expect_cure(Finding::check, go_round);
}

// All come, then all go; without the second turnstile somebody goes round a second time before the
// last has left the first.
TEST(OrderTest, a_barrier_that_is_used_again_has_two_turnstiles) {
  const auto go_in_step = [](bool right) {
    constexpr int kParties = 2;
    Lock lock;
    twill::Semaphore in(0);
    twill::Semaphore out(0);
    int inside = 0;
    std::array<Atomic<int>, kParties> rounds;
    const auto meet = [&] {
      {
        const Hold hold(lock);
        if (++inside == kParties) in.release(kParties);
      }
      in.acquire();
      {
        const Hold hold(lock);
        if (--inside == 0 && right) out.release(kParties);
      }
      if (right) out.acquire();
    };
    const auto walk = [&](std::size_t me) {
      for (int round = 1; round <= 2; ++round) {
        rounds.at(me) = round;
        meet();
        check(rounds.at(1 - me) >= round);
      }
    };
    run({[&] { walk(0); }, [&] { walk(1); }});
  };
  expect_cure(Finding::check, go_in_step);
}

}  // namespace
}  // namespace patterns
