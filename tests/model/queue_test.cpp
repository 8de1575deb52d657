// Queue, with both kinds of bell.
//   every item that was put is got once, in order; nobody waits for ever
//   full, empty, timeouts at every moment, shutdown at every moment
//   what was done before a put is seen after the get; a slot is not used again too early
//   task_done() and join(); a queue may go once its last item was got
//   ends that are biased to a thread

#include <cstddef>
#include <memory>
#include <new>
#include <set>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/queue/queue.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

namespace {

/// Its moves are accesses to plain data.
using Item = Plain<int>;

/// What the public face's shutdown() calls.
struct ShutQueue : Queue<Item> {
  using Queue::Queue;
  using Queue::shut;
};

struct Tally {
  atomic<int> sum{0};
  void get_from(Queue<Item>& queue) { sum.fetch_add(queue.get().get(), relaxed); }
};

/// Both ends come and go by bias for the first thread.
void make_biased(Queue<Item>& queue) {
  together([&] {
    for (int i = 0; i < 20; ++i) {
      queue.put(Item(0));
      queue.get();
    }
  });
}

using QueueTest = Door;
LITMUS_IN_BOTH_MODES(QueueTest);

class BiasedQueueTest : public ::testing::Test {
 protected:
  /// The first thread's passage is made once and for all: no execution may be the first to do it.
  static void SetUpTestSuite() {
    litmus::prepare();
    model::explore({.preemptions = 0}, [] {
      Queue<Item> queue({.maxsize = 1});
      make_biased(queue);
    });
  }
};

}  // namespace

TEST_P(QueueTest, one_to_one_through_one_slot) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [] {
    Queue<Item> queue({.maxsize = 1});
    together(
        [&] {
          for (int i = 1; i <= 3; ++i) queue.put(Item(i));
        },
        [&] {
          for (int i = 1; i <= 3; ++i) check(queue.get().get() == i, "in order");
        });
    check(queue.qsize() == 0, "empty");
  });
}

TEST_P(QueueTest, one_to_one_through_two_slots) {
  expect_holds({.preemptions = 2, .stale = 2, .executions = 20'000, .random = 5'000}, [] {
    Queue<Item> queue({.maxsize = 2});
    together(
        [&] {
          for (int i = 1; i <= 3; ++i) queue.put(Item(i));
        },
        [&] {
          for (int i = 1; i <= 3; ++i) check(queue.get().get() == i, "in order");
        });
  });
}

TEST_P(QueueTest, one_to_one_unbounded) {
  expect_holds({.preemptions = 3, .stale = 2, .executions = 40'000}, [] {
    Queue<int> queue;
    together(
        [&] {
          queue.put(1);
          queue.put(2);
        },
        [&] {
          check(queue.get() == 1, "in order");
          check(queue.get() == 2, "in order");
        });
  });
}

TEST_P(QueueTest, two_put_and_one_gets) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [] {
    Queue<Item> queue({.maxsize = 1});
    Tally tally;
    together([&] { queue.put(Item(1)); },
             [&] {
               tally.get_from(queue);
               tally.get_from(queue);
             },
             [&] { queue.put(Item(2)); });
    check(tally.sum.load() == 3 && queue.qsize() == 0, "each once");
  });
}

TEST_P(QueueTest, one_puts_and_two_get) {
  for (const int slots : {1, 2})
    expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [slots] {
      Queue<Item> queue({.maxsize = slots});
      Tally tally;
      const auto get = [&] { tally.get_from(queue); };
      together(
          get,
          [&] {
            queue.put(Item(1));
            queue.put(Item(2));
          },
          get);
      check(tally.sum.load() == 3 && queue.qsize() == 0, "each once");
    });
}

TEST_P(QueueTest, a_get_that_times_out_takes_nothing) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [&seen] {
    Queue<Item> queue({.maxsize = 1});
    bool got = false;
    together([&] { got = queue.try_get(1ms).has_value(); },
             [&] {
               queue.put(Item(1));
               queue.put(Item(2));
             },
             [&] { queue.get(); });
    check(queue.qsize() == (got ? 0 : 1), "nothing is lost");
    seen.insert(got);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(QueueTest, a_put_that_times_out_puts_nothing) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [&seen] {
    Queue<Item> queue({.maxsize = 1});
    queue.put(Item(1));
    bool put = false;
    together([&] { put = queue.try_put(Item(2), 1ms); }, [&] { queue.put(Item(3)); },
             [&] {
               queue.get();
               queue.get();
             });
    check(queue.qsize() == (put ? 1 : 0), "nothing is lost");
    seen.insert(put);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(QueueTest, shutdown_wakes_everybody_and_loses_nothing) {
  std::set<std::vector<int>> seen;
  for (const int slots : {1, 2})
    expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [&seen, slots] {
      ShutQueue queue({.maxsize = slots});
      int put = 0, got = 0;
      together(
          [&] {
            try {
              for (; put < 2; ++put) queue.put(Item(put));
            } catch (const ShutDown&) {
            }
          },
          [&] {
            try {
              for (;; ++got) queue.get();
            } catch (const ShutDown&) {
            }
          },
          [&] { queue.shut(false); });
      check(put == got, "what was put is got");
      seen.insert({put, got});
    });
  EXPECT_GE(seen.size(), 3u);
}

TEST_P(QueueTest, immediate_shutdown_wakes_everybody) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [] {
    ShutQueue queue({.maxsize = 1});
    const auto until_shut = [](auto&& action) {
      try {
        for (int i = 0; i < 2; ++i) action();
      } catch (const ShutDown&) {
      }
    };
    together([&] { until_shut([&] { queue.put(Item(1)); }); },
             [&] {
               until_shut([&] {
                 queue.get();
                 queue.task_done();
               });
             },
             [&] { queue.shut(true); });
    queue.join();
    check(queue.qsize() == 0, "empty");
  });
}

TEST_P(QueueTest, join_waits_for_every_task) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [] {
    Queue<Item> queue;
    Plain<int> worked{0};
    queue.put(Item(1));
    queue.put(Item(2));
    together(
        [&] {
          for (int i = 0; i < 2; ++i) {
            worked.set(worked.get() + queue.get().get());
            queue.task_done();
          }
        },
        [&] {
          queue.join();
          check(worked.get() == 3, "all the work is done");
        });
  });
}

TEST_P(QueueTest, what_was_done_before_a_shutdown_is_seen) {
  expect_holds({.preemptions = 2, .stale = 2}, [] {
    ShutQueue queue({.maxsize = 1});
    Plain<int> message{0};
    together(
        [&] {
          message.set(1);
          queue.shut(false);
        },
        [&] {
          try {
            queue.get();
          } catch (const ShutDown&) {
            check(message.get() == 1, "the message");
          }
        });
  });
}

TEST_P(QueueTest, the_size_is_one_that_was) {
  expect_holds({.preemptions = 2, .stale = 2}, [] {
    Queue<Item> queue({.maxsize = 3});
    together(
        [&] {
          queue.put(Item(1));
          queue.get();
        },
        [&] { check(queue.qsize() <= 1, "one at most"); });
  });
}

/// The wake-up of an earlier join() may come late.
TEST(JoinTest, join_waits_for_what_was_put_before_it) {
  expect_holds({.preemptions = 2}, [] {
    Queue<Item> queue;
    queue.put(Item(1));
    together([&] { queue.task_done(); },
             [&] {
               queue.try_join(1ms);
               queue.put(Item(2));
               check(!queue.try_join(1ms), "the second is not done");
             });
  });
}

TEST(JoinTest, a_queue_may_go_once_it_was_joined) {
  alignas(Queue<Item>) static std::byte place[sizeof(Queue<Item>)];
  expect_holds({.preemptions = 3, .stale = 2, .executions = 20'000}, [] {
    auto& queue = *new (place) Queue<Item>;
    queue.put(Item(1));
    together([&] { queue.task_done(); },
             [&] {
               queue.join();
               std::destroy_at(&queue);
             });
  });
}

TEST_P(QueueTest, a_queue_may_go_once_its_last_item_was_got) {
  expect_holds({.preemptions = 3, .stale = 2, .executions = 40'000}, [] {
    auto* queue = new Queue<Item>({.maxsize = 1});
    together([&] { queue->put(Item(1)); },
             [&] {
               check(queue->get().get() == 1, "the item");
               delete queue;
             });
  });
}

TEST_F(BiasedQueueTest, the_owner_of_both_ends_and_others) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 5'000}, [] {
    Queue<Item> queue({.maxsize = 1});
    make_biased(queue);
    Tally tally;
    together(
        [&] {
          queue.put(Item(1));
          tally.get_from(queue);
        },
        [&] { queue.put(Item(2)); }, [&] { tally.get_from(queue); });
    check(tally.sum.load() == 3 && queue.qsize() == 0, "each once");
  });
}

TEST_F(BiasedQueueTest, the_ends_need_the_barrier) {
  const Result result = expect_fails({.barriers = false}, "", [] {
    Queue<Item> queue({.maxsize = 1});
    make_biased(queue);
    together([&] { queue.put(Item(1)); }, [&] { queue.get(); });
  });
  EXPECT_NE(result.failure, "");
}
