// Right programs that look like wrong ones, and stay silent: what is handed over by a queue.

#include <memory>
#include <stop_token>
#include <utility>

#include <twill/platform/error.hpp>
#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>
#include <twill/queue/simple_queue.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Shared;
using twill::Thread;

using Item = std::pair<int, std::unique_ptr<Shared<int>>>;

template <class Queue>
void expect_items_to_order() {
  expect_proof([] {
    Queue queue;
    run({[&] {
           for (int i = 0; i < 2; ++i) {
             Item item(i, std::make_unique<Shared<int>>(0, "item"));
             *item.second = 1;
             queue.put(std::move(item));
           }
         },
         [&] {
           for (int i = 0; i < 2; ++i) {
             const Item item = queue.get();
             *item.second += 1;
             check(*item.second == 2);
           }
         }});
  });
}

TEST(SilentQueuesTest, by_queues) {
  expect_items_to_order<twill::Queue<Item>>();
  expect_items_to_order<twill::LifoQueue<Item>>();
  expect_items_to_order<twill::PriorityQueue<Item>>();
  expect_items_to_order<twill::SimpleQueue<Item>>();
}

TEST(SilentQueuesTest, back_by_the_room_in_a_queue) {
  expect_proof([] {
    twill::Queue<int> queue({.maxsize = 1});
    Shared shared(0, "shared");
    run({[&] {
           queue.put(1);
           queue.put(2);  // has waited for the first get()
           check(shared == 1);
         },
         [&] {
           shared = 1;
           queue.get();
           queue.get();
         }});
  });
}

TEST(SilentQueuesTest, by_the_end_of_a_queue) {
  expect_proof([] {
    twill::Queue<int> queue;
    Shared items(0, "items");
    const auto consume = [&] {
      int mine = 0;
      while (queue.try_get(twill::Timeout::never())) ++mine;
      check(items == 2);
      return mine;
    };
    Atomic all(0, "all");
    const auto count = [&] { all.fetch_add(consume()); };
    run({count, count, [&] {
           queue.put(1), queue.put(2);
           items = 2;
           queue.shutdown();
         }});
    check(all == 2);
  });
}

TEST(SilentQueuesTest, by_what_is_done) {
  expect_proof([] {
    twill::Queue<int> jobs;
    Shared done(0, "done");
    Thread worker([&] {
      for (int i = 0; i < 2; ++i) {
        done += jobs.get();
        jobs.task_done();
      }
    });
    worker.start();
    jobs.put(1), jobs.put(2);
    jobs.join();
    check(done == 3);
    worker.join();
  });
}

TEST(SilentQueuesTest, a_wait_that_is_called_off) {
  expect_silence(
      [] {
        twill::Queue<int> queue;
        std::stop_source stop;
        run({[&] {
               try {
                 queue.get(stop.get_token());
                 check(false);
               } catch (const twill::CancelledError&) {
               }
             },
             [&] { stop.request_stop(); }});
      },
      {.runs = 2'000});
}

}  // namespace
}  // namespace patterns
