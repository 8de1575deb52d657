// Paths: firing in order of time, at once, beyond the clock; cancelling before start, while
// pending, too late, against the firing; joins; the interface of Thread; throwing; a refused
// thread.

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/threading.hpp>
#include <twill/thread/timer.hpp>

#include "platform/thread_id.hpp"
#include "support/child.hpp"
#include "support/idle.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using twill::Timer;

/// What the excepthook is told in its scope: "name of the thread: what()".
class Told {
 public:
  Told()
      : before_(twill::set_excepthook([this](const twill::ExceptHookArgs& args) {
          try {
            std::rethrow_exception(args.exc);
          } catch (const std::exception& error) {
            text = args.thread.name() + ": " + error.what();
          }
        })) {}
  ~Told() { twill::set_excepthook(std::move(before_)); }

  std::string text = {};

 private:
  twill::ExceptHook before_;
};

TEST(TimerTest, TM1_f_runs_once_in_the_timers_thread_and_not_too_early) {
  const twill::VirtualClock clock;
  const auto begin = twill::now();
  twill::Clock::time_point rang;
  int runs = 0;
  int sum = 0;
  bool same = false;
  Timer timer(
      90s,
      [&](int a, int b) {
        rang = twill::now();
        sum = a + b;
        same = twill::current_thread() == timer && timer.ident() == twill::get_ident();
        ++runs;
      },
      1, 2);
  timer.start();
  timer.join();
  EXPECT_EQ(rang - begin, 90s);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(sum, 3);
  EXPECT_TRUE(same);
}

TEST(TimerTest, TM1_timers_fire_in_the_order_of_their_times) {
  const twill::VirtualClock clock;
  twill::Lock lock;
  std::string order;
  std::vector<Timer> timers;
  for (const int n : {5, 1, 4, 2, 3})
    timers.emplace_back(std::chrono::seconds(n), [&, n] {
      const std::scoped_lock hold(lock);
      order += std::to_string(n);
    });
  for (auto& timer : timers) timer.start();
  for (auto& timer : timers) timer.join();
  EXPECT_EQ(order, "12345");
}

TEST(TimerTest, TM1_a_real_clock_works_as_well) {
  const auto begin = twill::now();
  twill::Clock::time_point rang;
  Timer timer(5ms, [&] { rang = twill::now(); });
  timer.start();
  timer.join();
  EXPECT_GE(rang - begin, 5ms);
}

TEST(TimerTest, TM1_what_f_throws_goes_to_the_excepthook_and_the_timer_ends) {
  const twill::VirtualClock clock;
  Told told;
  Timer timer({.name = "egg"}, 3s, [] { throw std::runtime_error("burnt"); });
  timer.start();
  timer.join();
  EXPECT_EQ(told.text, "egg: burnt");
  EXPECT_FALSE(timer.is_alive());
}

TEST(TimerTest, TM2_cancel_before_it_fires) {
  bool ran = false;
  auto held = std::make_shared<int>(1);
  Timer timer(1h, [&ran, held] { ran = true; });
  timer.start();
  EXPECT_TRUE(timer.is_alive());
  EXPECT_EQ(timer.ident(), std::nullopt);
  EXPECT_TRUE(timer.cancel());
  EXPECT_FALSE(timer.is_alive());
  timer.join();
  EXPECT_FALSE(ran);
  EXPECT_EQ(held.use_count(), 1);  // what f held is let go of
  EXPECT_TRUE(timer.cancel());
}

TEST(TimerTest, TM2_cancel_wakes_who_joins) {
  Timer timer(1h, [] {});
  timer.start();
  support::Runner joiner([&] { timer.join(); });
  joiner.until_blocked();
  timer.cancel();
  joiner.join();
}

TEST(TimerTest, TM2_cancel_before_start) {
  bool ran = false;
  for (const auto interval : {0s, 3600s}) {
    Timer timer(interval, [&] { ran = true; });
    EXPECT_TRUE(timer.cancel());
    timer.start();
    EXPECT_FALSE(timer.is_alive());
    timer.join();
  }
  EXPECT_FALSE(ran);
}

TEST(TimerTest, TM2_cancel_after_firing_has_no_effect) {
  twill::Event begun;
  twill::Event go;
  int runs = 0;
  Timer timer(0s, [&] {
    begun.set();
    go.wait();
    ++runs;
  });
  timer.start();
  begun.wait();
  EXPECT_FALSE(timer.cancel());
  EXPECT_TRUE(timer.is_alive());
  go.set();
  timer.join();
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(timer.cancel());
}

TEST(TimerTest, TM2_a_cancel_that_answered_true_is_final) {
  constexpr int kTimers = 300;
  std::atomic<int> ran{0};
  int cancelled = 0;
  {
    std::vector<Timer> timers;
    for (int i = 0; i < kTimers; ++i)
      timers.emplace_back(std::chrono::microseconds(i * 20), [&] { ++ran; });
    for (auto& timer : timers) timer.start();
    for (auto& timer : timers) cancelled += timer.cancel();
    for (auto& timer : timers) timer.join();
  }
  EXPECT_EQ(ran + cancelled, kTimers);
}

TEST(TimerTest, TM4_an_interval_of_zero_or_less_fires_at_once) {
  const twill::VirtualClock clock;
  const auto begin = twill::now();
  int runs = 0;
  for (const auto interval : {0s, -5s}) {
    Timer timer(interval, [&] { ++runs; });
    timer.start();
    EXPECT_TRUE(timer.ident().has_value());
    timer.join();
  }
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(twill::now(), begin);
}

TEST(TimerTest, TM4_a_timer_is_a_thread) {
  Timer timer({.name = "egg", .daemon = true}, 1h, [] {});
  EXPECT_EQ(timer.name(), "egg");
  EXPECT_TRUE(timer.daemon());
  EXPECT_THROW(timer.join(), twill::RuntimeError);
  timer.start();
  EXPECT_THROW(timer.start(), twill::RuntimeError);
  EXPECT_THROW(timer.set_daemon(false), twill::RuntimeError);
  EXPECT_FALSE(timer.join(0s));
  std::vector<twill::Thread> threads{timer};  // a plain handle on the same
  EXPECT_EQ(threads.front(), timer);
  timer.cancel();
  EXPECT_THROW(timer.start(), twill::RuntimeError);
  EXPECT_EQ(Timer(1s, [] {}).name().substr(0, 7), "Thread-");
}

TEST(TimerTest, TM4_a_plain_handle_starts_the_clock_too) {
  const twill::VirtualClock clock;
  const auto begin = twill::now();
  twill::Thread thread = Timer(3s, [] {});
  thread.start();
  thread.join();
  EXPECT_EQ(twill::now() - begin, 3s);
}

TEST(TimerTest, TO6_nan_is_no_interval) {
  EXPECT_THROW(Timer(std::chrono::duration<double>(std::nan("")), [] {}), twill::ValueError);
}

TEST(TimerTest, an_interval_beyond_the_clock_never_fires) {
  Timer timer(std::chrono::hours::max(), [] {});
  timer.start();
  EXPECT_TRUE(timer.is_alive());
  EXPECT_TRUE(timer.cancel());
}

TEST(TimerTest, pending_timers_share_one_thread) {
  const auto kernel_threads = [] { return twill::detail::kernel_tasks(); };
  std::vector<Timer> timers;
  for (int i = 0; i < 1000; ++i) timers.emplace_back(1h + std::chrono::seconds(i % 7), [] {});
  timers.front().start();
  const auto before = kernel_threads();
  for (std::size_t i = 1; i < timers.size(); ++i) timers[i].start();
  EXPECT_LE(kernel_threads(), before);
  for (auto& timer : timers) EXPECT_TRUE(timer.cancel());
}

TEST(TimerTest, P17_pending_timers_and_who_joins_them_use_no_processor) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread ticks";
  std::vector<Timer> timers;
  std::vector<std::unique_ptr<support::Runner>> joiners;
  for (int i = 0; i < 20; ++i) timers.emplace_back(1h, [] {});
  for (auto& timer : timers) timer.start();
  for (auto& timer : timers)
    joiners.push_back(std::make_unique<support::Runner>([&timer] { timer.join(); }));
  for (auto& joiner : joiners) joiner->until_blocked();
  EXPECT_TRUE(support::comes_to_rest());
  for (auto& timer : timers) timer.cancel();
}

TEST(TimerTest, P23_a_pending_timer_is_no_standstill) {
  if (!support::kThreadsAfterFork) GTEST_SKIP() << "threads after a fork";
  const auto result = support::run_in_child([] {
    twill::Event rang;
    Timer timer(300ms, [&] { rang.set(); });
    timer.start();
    return rang.wait() ? 0 : 1;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

TEST(TimerTest, a_thread_refused_when_the_time_has_come_goes_to_the_excepthook) {
  const twill::VirtualClock clock;
  Told told;
  bool ran = false;
  Timer timer({.name = "egg"}, 3s, [&] { ran = true; });
  timer.start();
  twill::stack_size(std::int64_t{1} << 60);  // no machine has so much
  timer.join();
  twill::stack_size(0);
  EXPECT_TRUE(told.text.starts_with("egg: start of the timer egg")) << told.text;
  EXPECT_FALSE(ran);
  EXPECT_FALSE(timer.is_alive());
}

void refuse_threads_to_timers() {
  Timer later(1ms, [] {});
  Timer now(0s, [] {});
  int refused = 0;
  for (Timer* timer : {&later, &now}) try {
      timer->start();
    } catch (const twill::OSError&) {
      refused += !timer->is_alive();
    }
  std::_Exit(refused == 2 ? 0 : 1);
}

TEST(TimerDeathTest, a_timer_whose_thread_the_system_refuses_stays_unstarted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  setenv("TWILL_FAULT", "thread_create", 1);
  EXPECT_EXIT(refuse_threads_to_timers(), testing::ExitedWithCode(0), "");
  unsetenv("TWILL_FAULT");
}

}  // namespace
