// Right programs that look like wrong ones, and stay silent: time, chance, and pools.

#include <chrono>
#include <deque>
#include <set>
#include <utility>

#include <twill/park/clock.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/threading.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using namespace std::chrono_literals;
using twill::Atomic;
using twill::check;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::Thread;

TEST(SilentChanceTest, a_limit_that_is_over_or_not) {
  expect_proof([] {
    twill::Event ready;
    const auto before = twill::now();
    Thread setter([&] {
      twill::sleep(2s);
      ready.set();
    });
    setter.start();
    if (!ready.wait(1s)) check(twill::now() - before >= 1s);
    setter.join();
    check(twill::now() - before >= 2s);
  });
}

TEST(SilentChanceTest, one_asks_again_and_again) {
  expect_silence(
      [] {
        Atomic done(false, "done");
        Thread worker([&] {
          twill::sleep(3s);
          done = true;
        });
        worker.start();
        while (!done) twill::sleep(1s);
        worker.join();
      },
      {.runs = 200});
}

// Chance.

TEST(SilentChanceTest, all_numbers_are_chosen) {
  std::set<unsigned> seen;
  const auto found = expect_proof([&] {
    const unsigned first = twill::choose(3);
    const unsigned second = twill::choose(4);
    seen.insert(first * 10 + second);
  });
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(found.executions, 12u);
}

TEST(SilentChanceTest, some_tries_and_then_no_more) {
  expect_proof([] {
    Atomic server(0, "server");
    const auto call = [&] {
      for (int tries = 0; tries < 3; ++tries)
        if (twill::choose(2) == 0) return ++server, void();
    };
    run({call, call});
    check(server <= 2);
  });
}

// A pool by hand.

class Pool {
 public:
  explicit Pool(std::size_t workers) {
    for (std::size_t i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
    for (auto& worker : workers_) worker.start();
  }
  ~Pool() {
    {
      const Hold hold(lock_);
      closed_ = true;
      changed_.notify_all();
    }
    for (auto& worker : workers_) worker.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void submit(Body job) {
    const Hold hold(lock_);
    jobs_.push_back(std::move(job));
    changed_.notify();
  }

 private:
  void work() {
    while (Body job = next()) job();
  }
  Body next() {
    const Hold hold(lock_);
    while (jobs_.empty() && !closed_) changed_.wait();
    if (jobs_.empty()) return nullptr;
    Body job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  Lock lock_;
  twill::Condition changed_{lock_};
  std::deque<Body> jobs_;
  bool closed_ = false;
  std::vector<Thread> workers_;
};

TEST(SilentChanceTest, a_pool_does_each_job_once) {
  expect_proof([] {
    Atomic done(0, "done");
    {
      Pool pool(2);
      pool.submit([&] { ++done; });
      pool.submit([&] { ++done; });
    }
    check(done == 2);
  });
}

TEST(SilentChanceTest, a_job_submits_another) {
  expect_silence(
      [] {
        Shared result(0, "result");
        twill::Event finished;
        Pool pool(2);
        pool.submit([&] {
          result = 1;
          pool.submit([&] {
            check(++result == 2);
            finished.set();
          });
        });
        finished.wait();
        check(result == 2);
      },
      {.runs = 4'000});
}

TEST(SilentChanceTest, threads_know_who_they_are) {
  expect_proof([] {
    const auto is_me = [](const char* name) { return twill::current_thread().name() == name; };
    Thread one({.name = "one"}, [&] { check(is_me("one")); });
    Thread two({.name = "two", .daemon = true}, [&] {
      check(is_me("two"));
      check(twill::active_count() <= 3);
    });
    one.start(), two.start();
    check(one.is_alive() || !one.is_alive());
    one.join(), two.join();
    check(!one.is_alive() && !two.is_alive());
  });
}

}  // namespace
}  // namespace patterns
