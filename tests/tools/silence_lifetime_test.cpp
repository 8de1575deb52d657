// Right programs that look like wrong ones, and stay silent: lifetimes, addresses, exceptions,
// time, chance, and pools.

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>

#include <twill/park/clock.hpp>
#include <twill/queue/queue.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/local.hpp>
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

// Both get the same memory, one after the other.
TEST(SilentLifetimeTest, an_address_that_is_used_again_is_another_variable) {
  expect_proof([] {
    const auto use = [] {
      const auto mine = std::make_unique<Shared<int>>(0, "mine");
      check(++*mine == 1);
    };
    run({use, use});
  });
}

TEST(SilentLifetimeTest, a_lock_that_is_made_anew_is_another_lock) {
  expect_proof([] {
    const auto use = [] {
      const auto first = std::make_unique<Lock>();
      const auto second = std::make_unique<Lock>();
      const Hold one(*first);
      const Hold two(*second);
    };
    run({use, use});
  });
}

TEST(SilentLifetimeTest, made_by_one_and_destroyed_by_another) {
  expect_proof([] {
    twill::Queue<std::unique_ptr<Shared<int>>> queue;
    run({[&] { queue.put(std::make_unique<Shared<int>>(1, "one")); },
         [&] { queue.put(std::make_unique<Shared<int>>(2, "two")); },
         [&] {
           const int sum = queue.get()->get() + queue.get()->get();
           check(sum == 3);
         }});
  });
}

TEST(SilentLifetimeTest, replaced_again_and_again) {
  expect_proof([] {
    Lock lock;
    auto current = std::make_unique<Shared<int>>(0, "current");
    const auto replace = [&] {
      const Hold hold(lock);
      current = std::make_unique<Shared<int>>(*current + 1, "current");
    };
    run({replace, replace, replace});
    check(*current == 3);
  });
}

// Whoever drops the last share destroys it.
TEST(SilentLifetimeTest, shared_by_count) {
  expect_proof([] {
    struct Object {
      Atomic<int> references{2, "references"};
      Shared<int> value{0, "value"};
    };
    auto* object = new Object;
    const auto drop = [=] {
      check(object->value == 0);
      if (--object->references > 0) return;
      object->value = 1;
      delete object;
    };
    run({drop, drop});
  });
}

TEST(SilentLifetimeTest, each_thread_its_own_value) {
  expect_proof([] {
    twill::Local<int> mine([] { return 1; });
    const auto count = [&] {
      check(*mine == 1);
      twill::sleep(1ms);
      check(++*mine == 2);
    };
    run({count, count});
    check(*mine == 1);
  });
}

TEST(SilentLifetimeTest, an_end_of_a_thread_comes_before_its_join) {
  expect_proof([] {
    struct Counts {
      explicit Counts(Shared<int>* to) : ended(to) {}
      ~Counts() {
        if (ended != nullptr) ++*ended;
      }
      Shared<int>* ended;
    };
    Shared ended(0, "ended");
    twill::Local<std::unique_ptr<Counts>> at_end;
    Thread worker([&] { *at_end = std::make_unique<Counts>(&ended); });
    worker.start();
    worker.join();
    check(ended == 1);
  });
}

// An exception is under way in several threads at once.
TEST(SilentLifetimeTest, exceptions_keep_to_their_threads) {
  expect_proof([] {
    Lock lock;
    const auto fail = [&](int code) {
      try {
        throw code;
      } catch (int caught) {
        {
          const Hold hold(lock);
        }  // the other one may throw here
        try {
          throw std::runtime_error("inner");
        } catch (const std::runtime_error&) {
          const Hold hold(lock);
        }
        check(caught == code);
        try {
          throw;
        } catch (int again) {
          check(again == code);
        }
      }
      check(std::current_exception() == nullptr);
    };
    run({[&] { fail(1); }, [&] { fail(2); }});
  });
}

TEST(SilentLifetimeTest, an_unwinding_is_interrupted) {
  expect_proof([] {
    Lock lock;
    struct Unwound {
      Lock& lock;
      ~Unwound() {
        check(std::uncaught_exceptions() == 1);
        const Hold hold(lock);
      }
    };
    const auto fail = [&] {
      check(std::uncaught_exceptions() == 0);
      try {
        const Unwound unwound{lock};
        throw 1;
      } catch (int) {
      }
    };
    run({fail, fail});
  });
}

TEST(SilentLifetimeTest, an_exception_goes_to_another_thread) {
  expect_proof([] {
    twill::Queue<std::exception_ptr> failures;
    run({[&] { failures.put(std::make_exception_ptr(42)); },
         [&] {
           try {
             std::rethrow_exception(failures.get());
           } catch (int code) {
             check(code == 42);
           }
         }});
  });
}
}  // namespace
}  // namespace patterns
