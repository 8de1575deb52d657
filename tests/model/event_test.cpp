// Event: set() lets everybody through who waits; clear() right after takes nobody's turn away; what
// was done before set() is seen.

#include <set>

#include <twill/sync/event.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

TEST(EventTest, set_lets_everybody_through) {
  expect_holds({.preemptions = 2}, [] {
    Event event;
    Plain<int> message{0};
    const auto wait = [&] {
      check(event.wait(), "set");
      check(message.get() == 1, "the message");
    };
    together(
        wait,
        [&] {
          message.set(1);
          event.set();
        },
        wait);
  });
}

TEST(EventTest, two_set_it) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Event event;
    together([&] { event.set(); }, [&] { check(event.wait(), "set"); }, [&] { event.set(); });
  });
}

TEST(EventTest, a_timeout_at_every_moment) {
  std::set<bool> seen;
  expect_holds({.preemptions = 3}, [&seen] {
    Event event;
    together([&] { event.set(); }, [&] { seen.insert(event.wait(1ms)); });
  });
  EXPECT_EQ(seen.size(), 2u);
}

/// Whoever waits when set() comes goes on, though it is cleared at once; the second set() is for
/// those who came between.
TEST(EventTest, clear_takes_nobodys_turn) {
  expect_holds({.preemptions = 2}, [] {
    Event event;
    together(
        [&] {
          event.set();
          event.clear();
          event.set();
        },
        [&] { check(event.wait(), "set"); });
  });
}

TEST(EventTest, who_comes_after_a_clear_waits) {
  expect_holds({.preemptions = 3}, [] {
    Event event;
    together([&] { event.set(); },
             [&] {
               event.wait(1ms);
               if (!event.is_set()) return;
               event.clear();
               check(!event.wait(1ms), "nobody has set it since");
             });
  });
}

TEST(EventTest, set_and_clear_by_turns) {
  expect_holds({.preemptions = 2}, [] {
    Event ping, pong;
    together(
        [&] {
          for (int i = 0; i < 2; ++i) {
            ping.set();
            pong.wait();
            pong.clear();
          }
        },
        [&] {
          for (int i = 0; i < 2; ++i) {
            ping.wait();
            ping.clear();
            pong.set();
          }
        });
  });
}

TEST(EventTest, an_event_may_go_once_it_was_seen) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    auto* event = new Event;
    together([&] { event->set(); },
             [&] {
               event->wait();
               delete event;
             });
  });
}
