// Waits that take: contend() and offer() on a lock of one word, with both kinds of bell.
//   the bell's order: not a release is missed, and one is without the barrier
//   nudge, competing, hand-over after a lost competition and after kPatience
//   leaving the line by timeout or stop at every moment, with others behind
//   the bell falling silent and becoming patient
//   two keys in one bucket; several that share

#include <cstddef>
#include <new>
#include <set>
#include <stop_token>
#include <utility>

#include <twill/park/contend.hpp>

#include "model/litmus.hpp"
#include "park/node.hpp"
#include "platform/clock.hpp"

using namespace litmus;
using detail::Limits;
using detail::Outcome;

namespace {

constexpr detail::Kind kKind{"litmus", nullptr};

/// The smallest lock on the door.
class WordMutex {
 public:
  Outcome lock(const Limits& limits = {}) {
    const std::uint64_t me = model::self();
    if (take(me)) return Outcome::ready;
    std::pair how{[=, this] { return take(me); }, [this] { return word_.load(relaxed) == 0; }};
    const detail::Subject subject{this, &kKind, nullptr, nullptr};
    return detail::contend(this, subject, detail::claim_by(how), limits);
  }
  void unlock() {
    check(word_.load(relaxed) == model::self(), "the owner unlocks");
    word_.store(0, release);
    detail::offer(this);
  }

 private:
  bool take(std::uint64_t me) noexcept {
    std::uint64_t free = 0;
    return word_.load(relaxed) == 0 && word_.compare_exchange_strong(free, me, acquire, relaxed);
  }
  atomic<std::uint64_t> word_{0};
};

Deadline soon() { return Deadline::at(detail::monotonic_now() + 1'000'000); }

struct Counter {
  WordMutex lock;
  Plain<int> value{0};

  bool add(const Limits& limits = {}) {
    if (lock.lock(limits) != Outcome::ready) return false;
    value.set(value.get() + 1);
    lock.unlock();
    return true;
  }
  void add_times(int rounds) {
    for (int i = 0; i < rounds; ++i) add();
  }
};

using ContendTest = Door;
LITMUS_IN_BOTH_MODES(ContendTest);

}  // namespace

TEST_P(ContendTest, two_threads) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body);
    check(counter.value.get() == 2, "each round counted");
  });
}

TEST(ContendTest, the_bell_needs_the_barrier) {
  const Result result = expect_fails({.barriers = false}, "nobody can go on", [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body);
  });
  EXPECT_NE(result.story.find("heavy barrier"), std::string::npos) << result.story;
}

/// One comes back for more at once, so that the nudged one loses and is handed the lock.
TEST_P(ContendTest, the_loser_is_handed_over) {
  expect_holds({.preemptions = 3}, [] {
    Counter counter;
    together([&] { counter.add_times(3); }, [&] { counter.add_times(1); });
    check(counter.value.get() == 4, "each round counted");
  });
}

TEST_P(ContendTest, two_rounds_each) {
  expect_holds({.preemptions = 2, .stale = 2, .random = 20'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add_times(2); };
    together(body, body);
  });
}

TEST_P(ContendTest, three_threads) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body, body);
    check(counter.value.get() == 3, "each round counted");
  });
}

TEST_P(ContendTest, patience_ends) {
  expect_holds({.preemptions = 2, .events = 2, .leaps = true}, [] {
    Counter counter;
    together([&] { counter.add_times(3); }, [&] { counter.add_times(1); });
  });
}

TEST_P(ContendTest, a_timeout_at_every_moment) {
  std::set<bool> seen;
  expect_holds({.preemptions = 3, .stale = 2, .events = 1}, [&seen] {
    Counter counter;
    bool taken = false;
    together([&] { counter.add_times(2); }, [&] { taken = counter.add({soon()}); });
    check(counter.value.get() == (taken ? 3 : 2), "taken or not");
    seen.insert(taken);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(ContendTest, who_leaves_passes_the_wake_up_on) {
  expect_holds({.preemptions = 2, .events = 1, .random = 20'000}, [] {
    Counter counter;
    together([&] { counter.add(); }, [&] { counter.add({soon()}); }, [&] { counter.add(); });
  });
}

TEST_P(ContendTest, who_is_stopped_passes_the_wake_up_on) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .random = 20'000}, [&seen] {
    Counter counter;
    std::stop_source stop;
    together(
        [&] {
          counter.add();
          stop.request_stop();
        },
        [&] {
          const std::stop_token token = stop.get_token();
          seen.insert(counter.add({Deadline::never(), &token}));
        },
        [&] { counter.add(); });
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(ContendTest, spurious_wake_ups_take_nothing) {
  expect_holds({.preemptions = 2, .events = 2, .spurious = true}, [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body);
    check(counter.value.get() == 2, "each round counted");
  });
}

/// The visit that finds nobody for the 64th time silences the bell while somebody arms it.
TEST_P(ContendTest, the_bell_falls_silent) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Counter counter;
    detail::Bucket& bucket = detail::bucket_of(&counter.lock);
    bucket.bell.store(1);
    bucket.established = true;
    bucket.fruitless = 63;
    together([&] { counter.add_times(2); }, [&] { counter.add(); });
    check(counter.value.get() == 3, "each round counted");
  });
}

/// The 16th visit for nothing since the nudge makes the bell patient.
TEST_P(ContendTest, the_bell_becomes_patient) {
  expect_holds({.preemptions = 2, .stale = 1, .random = 20'000}, [] {
    Counter counter;
    detail::Bucket& bucket = detail::bucket_of(&counter.lock);
    together(
        [&] {
          counter.add();
          bucket.lock.load();
          bucket.fruitless = 15;
          counter.add_times(2);
        },
        [&] { counter.add(); }, [&] { counter.add(); });
    check(counter.value.get() == 5, "each round counted");
  });
}

/// What happens to one key must not silence the bell for the other.
TEST_P(ContendTest, two_keys_in_one_bucket) {
  alignas(64) static std::byte arena[std::size_t{1} << 20];
  std::byte* other = arena + sizeof(Counter);
  while (&detail::bucket_of(other) != &detail::bucket_of(arena)) other += alignof(Counter);
  static_assert(offsetof(Counter, lock) == 0);
  for (const std::uint16_t fruitless : {std::uint16_t{15}, std::uint16_t{63}})
    expect_holds({.preemptions = 2, .executions = 40'000, .random = 20'000}, [=] {
      auto& one = *new (arena) Counter;
      auto& two = *new (other) Counter;
      detail::Bucket& bucket = detail::bucket_of(&one.lock);
      together(
          [&] {
            one.add();
            bucket.lock.load();
            bucket.fruitless = fruitless;
            one.add_times(5);  // a patient bell lets the third pass
          },
          [&] {
            one.add();
            two.add();
          },
          [&] { two.add(); });
      check(one.value.get() == 7 && two.value.get() == 2, "each round counted");
      one.~Counter();
      two.~Counter();
    });
}
