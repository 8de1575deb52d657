// Waits that are notified: await(), notify(), Wait with nodes of its own.
//   no notification that comes after the look is lost
//   notify, timeout, stop and interrupt race, and exactly one wins; the loser's node is unlinked
//   one waiter in two queues
//   notify() counts whom it ended

#include <array>
#include <set>
#include <stop_token>

#include <twill/park/subject.hpp>

#include "model/litmus.hpp"
#include "park/node.hpp"
#include "platform/clock.hpp"

using namespace litmus;
using detail::Limits;
using detail::Outcome;

namespace {

constexpr detail::Kind kKind{"litmus", nullptr};

detail::Subject about(const void* object) { return {object, &kKind, nullptr, nullptr}; }

Deadline soon() { return Deadline::at(detail::monotonic_now() + 1'000'000); }

bool nobody_waits(const void* key) {
  return detail::first_waiter(detail::bucket_of(key), key) == nullptr;
}

/// What a waiter waits for, and the waiter.
struct Flag {
  atomic<int> up{0};

  void raise() {
    up.store(1, release);
    detail::notify(this, detail::kEverybody);
  }
  Outcome wait(const Limits& limits = {}) {
    return detail::await(this, about(this), limits, [this] { return up.load(acquire) != 0; });
  }
};

/// Has a handler that wants out of every wait.
struct WantsOut {
  WantsOut() { detail::self_context().hooks = &hooks; }
  ~WantsOut() { detail::self_context().hooks = nullptr; }
  static bool yes(void*) noexcept { return true; }
  static constexpr detail::Hooks hooks{nullptr, nullptr, yes, nullptr};
};

}  // namespace

TEST(DoorTest, no_notification_is_lost) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Flag flag;
    Plain<int> message{0};
    together(
        [&] {
          message.set(1);
          flag.raise();
        },
        [&] {
          check(flag.wait() == Outcome::ready, "ready");
          check(message.get() == 1, "the message has come");
        });
    check(nobody_waits(&flag), "unlinked");
  });
}

TEST(DoorTest, one_notification_serves_two_waiters) {
  expect_holds({}, [] {
    Flag flag;
    const auto wait = [&] { check(flag.wait() == Outcome::ready, "ready"); };
    together(wait, [&] { flag.raise(); }, wait);
    check(nobody_waits(&flag), "unlinked");
  });
}

TEST(DoorTest, spurious_wake_ups_end_nothing) {
  expect_holds({.events = 2, .spurious = true}, [] {
    Flag flag;
    together([&] { check(flag.wait() == Outcome::ready && flag.up.load() == 1, "ready"); },
             [&] { flag.raise(); });
  });
}

TEST(DoorTest, exactly_one_of_four_ends_a_wait) {
  std::set<Outcome> seen;
  expect_holds({.preemptions = 2, .events = 2, .signals = true}, [&seen] {
    int key = 0;
    std::stop_source stop;
    std::uint64_t notified = 0;
    Outcome outcome{};
    together(
        [&] {
          const WantsOut wants_out;
          const std::stop_token token = stop.get_token();
          const Limits limits{soon(), &token};
          outcome = detail::await(&key, about(&key), limits, [] { return false; });
          check(nobody_waits(&key), "unlinked before its frame dies");
        },
        [&] { notified = detail::notify(&key, 1); }, [&] { stop.request_stop(); });
    check((notified == 1) == (outcome == Outcome::ready), "the notifier knows whether it won");
    seen.insert(outcome);
  });
  EXPECT_EQ(seen,
            (std::set{Outcome::ready, Outcome::timeout, Outcome::stopped, Outcome::interrupted}));
}

TEST(DoorTest, notify_one_ends_one_of_those_that_still_wait) {
  expect_holds({.preemptions = 2}, [] {
    int key = 0;
    atomic<int> ready{0};
    std::uint64_t notified = 0;
    const auto wait = [&] {
      if (detail::await(&key, about(&key), {soon()}, [] { return false; }) == Outcome::ready)
        ready.fetch_add(1, relaxed);
    };
    together(wait, wait, [&] { notified = detail::notify(&key, 1); });
    check(static_cast<int>(notified) == ready.load(), "as many as it says");
    check(nobody_waits(&key), "unlinked");
  });
}

TEST(DoorTest, one_waiter_in_two_queues) {
  std::set<int> seen;
  expect_holds({.preemptions = 2}, [&seen] {
    std::array<int, 2> keys{};
    std::array<std::uint64_t, 2> notified{};
    together(
        [&] {
          detail::Context& self = detail::self_context();
          const detail::Subject subject = about(&keys);
          const Limits limits{soon()};
          detail::Wait wait(self, subject, limits);
          wait.arm();
          std::array<detail::Node, 2> nodes;
          for (unsigned i = 0; i < 2; ++i)
            detail::enlist(nodes[i], &keys[i], wait, [] { return false; });
          const Outcome outcome = wait.block(&keys[0]);
          for (detail::Node& node : nodes) detail::delist(node);
          seen.insert(outcome == Outcome::timeout ? 0 : 1);
        },
        [&] { notified[0] = detail::notify(&keys[0], 1); },
        [&] { notified[1] = detail::notify(&keys[1], 1); });
    check(notified[0] + notified[1] <= 1, "at most one ends it");
    check(nobody_waits(&keys[0]) && nobody_waits(&keys[1]), "unlinked everywhere");
    if (notified[0] != 0) seen.insert(2);
    if (notified[1] != 0) seen.insert(3);
  });
  EXPECT_EQ(seen, (std::set{0, 1, 2, 3}));
}

TEST(DoorTest, a_late_waker_of_an_old_wait_ends_no_new_one) {
  expect_holds({.preemptions = 2}, [] {
    int key = 0;
    Flag flag;
    together(
        [&] {
          detail::await(&key, about(&key), {soon()}, [] { return false; });
          check(flag.wait() == Outcome::ready && flag.up.load() == 1, "its own flag");
        },
        [&] { detail::notify(&key, 1); }, [&] { flag.raise(); });
  });
}

TEST(DoorTest, what_was_done_before_a_claim_from_outside_is_seen) {
  std::set<Outcome> seen;
  expect_holds({.preemptions = 3}, [&seen] {
    int key = 0;
    Plain<int> message{0};
    detail::Waiter waiter{};
    atomic<bool> armed{false};
    together(
        [&] {
          const detail::Subject subject = about(&key);
          const Limits limits{soon()};
          detail::Wait wait(detail::self_context(), subject, limits);
          wait.arm();
          waiter = wait.waiter();
          armed.store(true, release);
          const Outcome outcome = wait.block(&key);
          if (outcome == Outcome::ready) check(message.get() == 1, "the message has come");
          seen.insert(outcome);
        },
        [&] {
          message.set(1);
          if (armed.load(acquire)) detail::claim_and_wake(waiter, Outcome::ready);
        });
  });
  EXPECT_EQ(seen, (std::set{Outcome::ready, Outcome::timeout}));
}

TEST(DoorTest, sleeping_takes_its_time) {
  expect_holds({.preemptions = 3}, [] {
    const auto nap = [] {
      const std::int64_t begin = detail::monotonic_now();
      int key = 0;
      const Limits limits{soon()};
      check(detail::await(&key, about(&key), limits, [] { return false; }) == Outcome::timeout,
            "timeout");
      check(detail::monotonic_now() - begin >= 1'000'000, "a millisecond");
    };
    together(nap, nap);
  });
}
