// The lock round a discipline (BasicQueue, LifoQueue, PriorityQueue), with both kinds of bell.
//   one at a time calls the discipline, and sees what the one before it did
//   whoever waits for an item, for room or for the lock alone goes on once it can
//   timeouts and shutdown at every moment; a queue may go once its last item was got

#include <cstddef>
#include <new>
#include <set>

#include <twill/platform/error.hpp>
#include <twill/queue/basic_queue.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

namespace {

/// One item is like the other.
class Pile {
 public:
  void push(int&&) { items_.set(items_.get() + 1); }
  int pop() {
    items_.set(items_.get() - 1);
    return 1;
  }
  std::size_t size() const { return items_.get(); }

 private:
  Plain<std::size_t> items_{0};
};

using Queue = BasicQueue<int, Pile>;

using MonitorTest = Door;
LITMUS_IN_BOTH_MODES(MonitorTest);

}  // namespace

TEST_P(MonitorTest, one_to_one_through_one_slot) {
  expect_holds({.preemptions = 2, .stale = 2, .executions = 10'000, .random = 2'000}, [] {
    Queue queue({.maxsize = 1});
    together(
        [&] {
          for (int i = 0; i < 3; ++i) queue.put(1);
        },
        [&] {
          for (int i = 0; i < 3; ++i) queue.get();
        });
    check(queue.qsize() == 0, "empty");
  });
}

TEST_P(MonitorTest, two_put_and_one_gets) {
  expect_holds({.preemptions = 2, .executions = 10'000, .random = 3'000}, [] {
    Queue queue({.maxsize = 1});
    const auto put = [&] { queue.put(1); };
    together(
        put,
        [&] {
          queue.get();
          queue.get();
        },
        put);
    check(queue.qsize() == 0, "each once");
  });
}

TEST_P(MonitorTest, one_puts_and_two_get) {
  expect_holds({.preemptions = 2, .executions = 10'000, .random = 3'000}, [] {
    Queue queue;
    const auto get = [&] { queue.get(); };
    together(
        get,
        [&] {
          queue.put(1);
          queue.put(1);
        },
        get);
    check(queue.qsize() == 0, "each once");
  });
}

TEST_P(MonitorTest, a_get_that_times_out_takes_nothing) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 10'000, .random = 3'000}, [&seen] {
    Queue queue({.maxsize = 1});
    bool got = false;
    together([&] { got = queue.try_get(1ms).has_value(); },
             [&] {
               queue.put(1);
               queue.put(1);
             },
             [&] { queue.get(); });
    check(queue.qsize() == (got ? 0 : 1), "nothing is lost");
    seen.insert(got);
  });
  EXPECT_EQ(seen.size(), 2u);
}

/// It waits for the lock alone.
TEST_P(MonitorTest, an_attempt_fails_for_an_empty_queue_only) {
  expect_holds({.preemptions = 2, .executions = 10'000, .random = 3'000}, [] {
    Queue queue;
    queue.put(1);
    queue.put(1);
    const auto get = [&] { check(queue.try_get().has_value(), "there is one for each"); };
    together(get, get);
  });
}

TEST_P(MonitorTest, shutdown_wakes_everybody_and_loses_nothing) {
  expect_holds({.preemptions = 2, .executions = 10'000, .random = 3'000}, [] {
    Queue queue({.maxsize = 1});
    int put = 0, got = 0;
    together(
        [&] {
          try {
            for (; put < 2; ++put) queue.put(1);
          } catch (const ShutDown&) {
          }
        },
        [&] {
          try {
            for (;; ++got) queue.get();
          } catch (const ShutDown&) {
          }
        },
        [&] { queue.shutdown(); });
    check(put == got, "what was put is got");
  });
}

TEST_P(MonitorTest, a_queue_may_go_once_its_last_item_was_got) {
  alignas(Queue) static std::byte place[sizeof(Queue)];  // the same in each execution
  expect_holds({.preemptions = 3, .stale = 2, .executions = 10'000}, [] {
    auto& queue = *new (place) Queue({.maxsize = 1});
    together([&] { queue.put(1); },
             [&] {
               queue.get();
               queue.~Queue();
             });
  });
}
