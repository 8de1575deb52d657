// The engine itself: what it must find, and what it must not.
//   memory      store buffering, message passing, coherence, the heavy barrier
//   search      lost update, dead lock, livelock, futex, timeouts
//   order       the happens-before relation behind Plain
//   lifetime    an access to an object that is gone
//   replay      the failing schedule again, and the same search again

#include <set>
#include <stdexcept>

#include "model/litmus.hpp"
#include "platform/clock.hpp"
#include "platform/futex.hpp"
#include "platform/membarrier.hpp"

using namespace litmus;

namespace {

/// Both threads store, then read the other's variable: may both miss the other's store?
void store_buffering(std::memory_order order, void (*between)()) {
  atomic<int> x{0}, y{0};
  int a = 0, b = 0;
  together(
      [&] {
        x.store(1, order);
        between();
        a = y.load(acquire);
      },
      [&] {
        y.store(1, order);
        between();
        b = x.load(acquire);
      });
  check(a == 1 || b == 1, "one sees the other");
}

void nothing() {}

}  // namespace

TEST(EngineTest, store_buffering_is_seen) {
  expect_fails({}, "one sees the other", [] { store_buffering(release, nothing); });
}

TEST(EngineTest, store_buffering_needs_a_stale_load) {
  expect_holds({.preemptions = 3, .stale = 0}, [] { store_buffering(release, nothing); });
}

TEST(EngineTest, store_buffering_ends_with_seq_cst_stores) {
  expect_holds({.preemptions = 3, .stale = 3}, [] { store_buffering(seq_cst, nothing); });
}

TEST(EngineTest, store_buffering_ends_with_a_heavy_barrier) {
  expect_holds({.preemptions = 3, .stale = 3},
               [] { store_buffering(release, detail::heavy_barrier); });
}

TEST(EngineTest, one_heavy_barrier_serves_both_sides) {
  const auto body = [] {
    atomic<int> x{0}, y{0};
    int a = 0, b = 0;
    together(
        [&] {
          x.store(1, relaxed);
          a = y.load(relaxed);
        },
        [&] {
          y.store(1, relaxed);
          detail::heavy_barrier();
          b = x.load(relaxed);
        });
    check(a == 1 || b == 1, "one sees the other");
  };
  expect_holds({.preemptions = 3, .stale = 3}, body);
  expect_fails({.barriers = false}, "one sees the other", body);
}

TEST(EngineTest, messages_pass_in_order) {
  std::set<int> seen;
  expect_holds({.preemptions = 3, .stale = 3}, [&seen] {
    atomic<int> data{0}, flag{0};
    together(
        [&] {
          data.store(1, relaxed);
          flag.store(1, relaxed);
        },
        [&] {
          const int f = flag.load(relaxed);
          const int d = data.load(relaxed);
          check(f == 0 || d == 1, "stores come out in order");
          seen.insert(2 * f + d);
        });
  });
  EXPECT_EQ(seen, (std::set{0, 1, 3}));
}

TEST(EngineTest, a_thread_sees_its_own_stores) {
  expect_holds({.preemptions = 3, .stale = 3}, [] {
    atomic<int> x{0};
    const auto body = [&] {
      x.store(1, relaxed);
      check(x.load(relaxed) != 0, "own store");
      x.store(2, relaxed);
      check(x.load(relaxed) != 0, "own store");
    };
    together(body, body);
    check(x.load(relaxed) == 2, "the last store of each was 2");
  });
}

TEST(EngineTest, a_lost_update_is_found) {
  const auto body = [] {
    atomic<int> x{0};
    const auto add = [&] { x.store(x.load() + 1); };
    together(add, add, add);
    check(x.load() == 3, "an update is lost");
  };
  const Result result = expect_fails({}, "an update is lost", body);
  EXPECT_NE(result.story.find("reads variable"), std::string::npos) << result.story;
}

TEST(EngineTest, atomic_updates_are_never_lost) {
  expect_holds({.preemptions = 3}, [] {
    atomic<std::uint8_t> x{254};
    const auto add = [&] { x.fetch_add(1, relaxed); };
    together(add, add, add);
    check(x.load() == 1, "255 is followed by 0");
  });
}

TEST(EngineTest, every_order_of_two_threads_is_run) {
  // Four points a thread: 8! / (4! 4!) = 70 orders, all within 7 preemptions.
  std::set<unsigned> orders;
  expect_holds({.preemptions = 7}, [&orders] {
    atomic<unsigned> x{1};
    const auto append = [&](unsigned bit) {
      for (int i = 0; i < 4; ++i) {
        unsigned old = x.load(relaxed);
        while (!x.compare_exchange_weak(old, old << 1 | bit)) {
        }
      }
    };
    together([&] { append(0); }, [&] { append(1); });
    orders.insert(x.load());
  });
  EXPECT_EQ(orders.size(), 70u);
}

TEST(EngineTest, a_missed_wake_up_is_a_standstill) {
  expect_fails({}, "nobody can go on: B sleeps on", [] {
    atomic<std::uint32_t> word{0};
    together([&] { detail::futex_wake(word); }, [&] { detail::futex_wait(word, 0); });
  });
}

TEST(EngineTest, a_futex_compares_and_sleeps_in_one_step) {
  expect_holds({.preemptions = 3}, [] {
    atomic<std::uint32_t> word{0};
    together(
        [&] {
          word.store(1, relaxed);
          detail::futex_wake(word);
        },
        [&] {
          while (word.load(relaxed) == 0) detail::futex_wait(word, 0);
        });
  });
}

TEST(EngineTest, a_timeout_may_come_at_any_moment) {
  std::set<int> seen;
  expect_holds({}, [&seen] {
    atomic<std::uint64_t> word{0};
    together([&] { detail::futex_wake(word); },
             [&] {
               const std::int64_t until = detail::monotonic_now() + 1000;
               const auto how = detail::futex_wait(word, 0, until);
               seen.insert(static_cast<int>(how));
               check(how == detail::FutexResult::woken || detail::monotonic_now() >= until,
                     "time has passed");
             });
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST(EngineTest, a_futex_may_wake_for_nothing) {
  expect_fails({.spurious = true}, "woken for nothing", [] {
    atomic<std::uint32_t> word{0};
    together(
        [&] {
          word.fetch_add(1);
          detail::futex_wake(word);
        },
        [&] {
          detail::futex_wait(word, 0);
          check(word.load() == 1, "woken for nothing");
        });
  });
}

TEST(EngineTest, a_livelock_ends) {
  expect_fails({.preemptions = 0}, "livelock", [] {
    atomic<int> x{0};
    together([&] {
      while (x.load() == 0) detail::yield_cpu();
    });
  });
}

TEST(EngineTest, one_who_spins_lets_the_others_go_on) {
  expect_holds({.preemptions = 3}, [] {
    atomic<int> turn{0};
    const auto take_turns = [&](int mine) {
      while (turn.load() != mine) detail::yield_cpu();
      turn.store(mine + 1);
    };
    together([&] { take_turns(2); }, [&] { take_turns(1); }, [&] { take_turns(0); });
  });
}

TEST(EngineTest, an_escaped_exception_fails) {
  expect_fails({}, "an exception escaped: out",
               [] { together([] { throw std::runtime_error("out"); }); });
}

TEST(EngineTest, exceptions_in_flight_belong_to_a_thread) {
  expect_holds({.preemptions = 3}, [] {
    atomic<int> x{0};
    const auto body = [&](const char* mine) {
      try {
        x.fetch_add(1);
        throw std::runtime_error(mine);
      } catch (const std::runtime_error& e) {
        x.fetch_add(1);
        check(std::string(e.what()) == mine, "its own exception");
        try {
          throw;
        } catch (const std::runtime_error& again) {
          x.fetch_add(1);
          check(std::string(again.what()) == mine, "its own exception again");
        }
      }
      check(std::uncaught_exceptions() == 0, "none is left");
    };
    together([&] { body("one"); }, [&] { body("two"); });
  });
}

TEST(EngineTest, release_and_acquire_order_plain_data) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Plain<int> data{0};
    atomic<int> flag{0};
    together(
        [&] {
          data.set(1);
          flag.store(1, release);
          flag.fetch_add(1, relaxed);  // goes on with the release sequence
        },
        [&] {
          if (flag.load(acquire) != 0) check(data.get() == 1, "the message");
        });
  });
}

TEST(EngineTest, relaxed_orders_nothing) {
  for (const bool releases : {false, true})
    expect_fails({}, "plain data", [releases] {
      Plain<int> data{0};
      atomic<int> flag{0};
      together(
          [&] {
            data.set(1);
            flag.store(1, releases ? release : relaxed);
          },
          [&] {
            if (flag.load(releases ? relaxed : acquire) != 0) (void)data.get();
          });
    });
}

TEST(EngineTest, a_place_used_again_is_plain_data_too) {
  const auto body = [](std::memory_order order) {
    alignas(Plain<int>) std::byte room[sizeof(Plain<int>)];
    auto* first = new (room) Plain<int>(1);
    atomic<int> done{0};
    together(
        [&] {
          first->~Plain();
          done.store(1, order);
        },
        [&] {
          if (done.load(acquire) != 0) new (room) Plain<int>(2);
        });
  };
  expect_holds({.preemptions = 3}, [body] { body(release); });
  expect_fails({}, "plain data", [body] { body(relaxed); });
}

TEST(EngineTest, an_access_after_the_end_is_found) {
  expect_fails({}, "which is destroyed", [] {
    auto* x = new atomic<int>(0);
    atomic<int> done{0};
    together(
        [&] {
          done.fetch_add(1);
          x->load();
        },
        [&] {
          if (done.load() == 1) delete x;
        });
  });
  expect_fails({}, "while a store to it is on its way", [] {
    auto* x = new atomic<int>(0);
    together([&] { x->store(1, relaxed); }, [&] { delete x; });
  });
}

TEST(EngineTest, globals_are_put_back) {
  static atomic<int> global{7};
  expect_holds({.preemptions = 3}, [] {
    check(global.load() == 7, "as at the start");
    together([] { global.fetch_add(1); }, [] { global.store(3, relaxed); });
  });
  EXPECT_EQ(global.load(), 7);
}

TEST(EngineTest, random_schedules_find_and_replay) {
  const auto body = [] {
    atomic<int> x{0};
    const auto add = [&] {
      for (int i = 0; i < 3; ++i) x.store(x.load() + 1, release);
    };
    together(add, add);
    check(x.load() > 3, "half of the updates are lost");
  };
  const Options options{.preemptions = 0, .random = 100'000};
  const Result result = expect_fails(options, "half of", body);
  const Result again = model::explore(options, body);
  EXPECT_EQ(again.executions, result.executions);
  EXPECT_EQ(again.choices, result.choices);
}
