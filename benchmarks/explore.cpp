// The area `explore`: how fast the explorer is, against what it has to reach. Seconds are of this
// thread's processor time, so that it does not matter what else the machine runs.

#include <array>
#include <chrono>
#include <memory>
#include <twill/queue/queue.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>

#include "harness.hpp"
#include "team.hpp"

namespace bench {
namespace {

using twill::Atomic;
using twill::Exploration;
using twill::ExploreOptions;
using twill::SearchBy;
using twill::Shared;
using twill::Thread;

using Body = std::function<void()>;

struct Method {
  SearchBy by;
  std::string name;
};

const std::array kMethods = {Method{SearchBy::portfolio, "portfolio"},
                             Method{SearchBy::depth_first, "depth first"},
                             Method{SearchBy::random_walk, "random walk"},
                             Method{SearchBy::pct, "PCT"},
                             Method{SearchBy::pos, "POS"},
                             Method{SearchBy::surw, "SURW"}};

void run_all(const std::vector<Body>& bodies) {
  std::vector<std::unique_ptr<Thread>> threads;
  for (const Body& body : bodies) threads.push_back(std::make_unique<Thread>(body));
  for (auto& thread : threads) thread->start();
  for (auto& thread : threads) thread->join();
}

struct Timed {
  Exploration found;
  double seconds;
};

Timed timed(const Body& body, ExploreOptions options) {
  const double begin = thread_seconds();
  Exploration found = twill::explore(body, std::move(options));
  return {std::move(found), thread_seconds() - begin};
}

// Speed.

constexpr int kRounds = 10;

/// Of each thread: its begin, lock, read, write, unlock a round, and its end; and two starts and
/// two joins.
constexpr int kPoints = 2 * (1 + kRounds * 4 + 1) + 2 + 2;

void count_under_a_lock() {
  twill::Lock lock;
  Shared count(0, "count");
  const auto work = [&] {
    for (int i = 0; i < kRounds; ++i) {
      const twill::Hold hold(lock);
      ++count;
    }
  };
  run_all({work, work});
}

void measure_speed() {
  std::vector<Side<>> sides;
  for (const Method& method : kMethods)
    sides.push_back({method.name, [&method] {
                       const std::uint64_t runs = options.quick ? 2'000 : 20'000;
                       const auto [found, passed] =
                           timed(count_under_a_lock, {.runs = runs, .by = method.by});
                       verify(bool(found) && found.executions == runs, found.report());
                       return static_cast<double>(runs) / passed;
                     }});
  for (const Figures& method : take_turns(sides)) {
    const double executions = method.median();
    const double points = executions * kPoints;
    const std::string how = ", " + method.name;
    report_limit({"2 threads x 10 sections" + how, "K runs/s", Better::more}, executions / 1e3,
                 1e3 / kPoints);
    report_limit({"scheduling points" + how, "M/s", Better::more}, points / 1e6, 1);
    report_limit({"a scheduling point" + how, "ns"}, 1e9 / points, 1'000);
  }
}

// A bug that hides.

/// Vyukov's stack of free places, where a pop marks the place that it is about to take. It loses to
/// three threads and five changes of thread: two of them come to own one place.
class SafeStack {
 public:
  int pop() {
    while (count_.load() > 1) {
      int top = head_.load();
      const int below = next_[index(top)].exchange(-1);
      if (below < 0) continue;
      const int taken = top;
      if (head_.compare_exchange(top, below)) {
        count_.fetch_sub(1);
        return taken;
      }
      next_[index(taken)].exchange(below);
    }
    return -1;
  }

  void push(int place) {
    int top = head_.load();
    do next_[index(place)].store(top);
    while (!head_.compare_exchange(top, place));
    count_.fetch_add(1);
  }

 private:
  static std::size_t index(int place) { return static_cast<std::size_t>(place); }

  Atomic<int> head_{0, "head"};
  Atomic<int> count_{3, "count"};
  std::array<Atomic<int>, 3> next_{Atomic<int>(1, "next 0"), Atomic<int>(2, "next 1"),
                                   Atomic<int>(-1, "next 2")};
};

void three_share_a_stack() {
  SafeStack stack;
  std::array<Atomic<int>, 3> owner{Atomic<int>(0, "owner 0"), Atomic<int>(0, "owner 1"),
                                   Atomic<int>(0, "owner 2")};
  const auto user = [&](int me) {
    return [&, me] {
      for (int i = 0; i < 2; ++i) {
        int place = -1;
        while (place < 0) place = stack.pop();
        auto& mine = owner[static_cast<std::size_t>(place)];
        mine = me;
        twill::check(mine == me);
        stack.push(place);
      }
    };
  };
  run_all({user(1), user(2), user(3)});
}

void measure_search(const Method& method) {
  constexpr double kGoal = 10;
  const std::chrono::milliseconds limit(options.quick ? 2'000 : 30'000);
  Figures figures{method.name, {}};
  int missed = 0;
  for (std::uint64_t seed = 1; seed <= (options.quick ? 1 : 5); ++seed) {
    const auto [found, passed] = timed(
        three_share_a_stack, {.runs = 1'000'000, .seed = seed, .by = method.by, .time = limit});
    if (!found)
      verify(found.finding == twill::Finding::check, found.report());
    else
      ++missed;
    figures.runs.push_back(found ? std::chrono::duration<double>(limit).count() : passed);
  }
  std::string what = "safe stack, " + method.name;
  if (missed > 0)
    what += ", " + std::to_string(missed) + " of " + std::to_string(figures.runs.size()) +
            " seeds in vain";
  report_limit({what, "s"}, figures.median(), kGoal);
}

// Proofs: two or three threads, ten operations each.

void measure_proof(const std::string& what, const Body& body) {
  const auto [found, passed] = timed(body, {.runs = 100'000'000, .by = SearchBy::depth_first});
  verify(found && found.exhaustive, what + ": " + found.report());
  report_limit({what + ": all in " + std::to_string(found.executions) + " runs", "s"}, passed, 1);
}

void each_updates_twice(int threads) {
  twill::Lock lock;
  Shared count(0, "count");
  const Body work = [&] {
    for (int i = 0; i < 2; ++i) {
      const twill::Hold hold(lock);
      ++count;
      twill::check(count > 0);
    }
  };
  run_all(std::vector<Body>(static_cast<std::size_t>(threads), work));
}

void two_lock_five_times() {
  twill::Lock lock;
  const Body work = [&] {
    for (int i = 0; i < 5; ++i) const twill::Hold hold(lock);
  };
  run_all({work, work});
}

void two_load_and_store_five_times() {
  Atomic count(0, "count");
  const Body work = [&] {
    for (int i = 0; i < 5; ++i) count = count + 1;
  };
  run_all({work, work});
}

void two_add_ten_times() {
  Atomic count(0, "count");
  const Body work = [&] {
    for (int i = 0; i < 10; ++i) ++count;
  };
  run_all({work, work});
}

void two_fill_a_queue_that_one_empties() {
  twill::Queue<int> queue({.maxsize = 1});
  const Body fill = [&] {
    for (int i = 0; i < 5; ++i) queue.put(i);
  };
  run_all({fill, fill, [&] {
             for (int i = 0; i < 10; ++i) queue.get();
           }});
}

void measure_proofs() {
  measure_proof("2 threads, 2 x lock, read, write, read, unlock", [] { each_updates_twice(2); });
  measure_proof("3 threads, the same", [] { each_updates_twice(3); });
  measure_proof("2 threads, 5 x lock, unlock", two_lock_five_times);
  measure_proof("3 threads, 10 x put or get, room for one", two_fill_a_queue_that_one_empties);
  measure_proof("2 threads, 5 x load, store", two_load_and_store_five_times);
  if (!options.quick) measure_proof("2 threads, 10 x ++ of one Atomic", two_add_ten_times);
}

void run() {
  measure_speed();
  for (const Method& method : {kMethods[0], kMethods[4]}) measure_search(method);
  measure_proofs();
}

const Area area("explore", "executions, hidden bugs and proofs of the explorer, against goals",
                run);

}  // namespace
}  // namespace bench
