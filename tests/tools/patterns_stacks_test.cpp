// Stacks without locks: each wrong one is found, and its cure is proved or searched for long.

#include <array>
#include <cstdint>

#include <twill/tools/atomic.hpp>

#include "support/sanitizers.hpp"
#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Finding;

// One end belongs to the owner, the other to thieves; they meet at the last item.
class WorkStealing {
 public:
  explicit WorkStealing(bool right) : right_(right) {}

  void push(int item) {
    const int at = bottom_;
    items_.at(static_cast<std::size_t>(at)) = item;
    bottom_ = at + 1;
  }
  int pop() {
    const int at = bottom_ - 1;
    bottom_ = at;
    int oldest = top_;
    if (oldest > at) return bottom_ = oldest, 0;
    const int item = items_.at(static_cast<std::size_t>(at));
    if (oldest < at) return item;
    const bool won = !right_ || top_.compare_exchange(oldest, oldest + 1);
    if (!right_) top_ = oldest + 1;
    bottom_ = at + 1;
    return won ? item : 0;
  }
  int steal() {
    int oldest = top_;
    if (oldest >= bottom_) return 0;
    const int item = items_.at(static_cast<std::size_t>(oldest));
    return top_.compare_exchange(oldest, oldest + 1) ? item : 0;
  }

 private:
  const bool right_;
  std::array<Atomic<int>, 4> items_;
  Atomic<int> top_{0, "top"};
  Atomic<int> bottom_{0, "bottom"};
};

void work_and_steal(bool right, int thieves) {
  WorkStealing jobs(right);
  std::array<Atomic<int>, 4> done;
  const auto note = [&](int job) {
    if (job != 0) check(++done.at(static_cast<std::size_t>(job)) == 1);
  };
  std::vector<Body> bodies(static_cast<std::size_t>(thieves), [&] { note(jobs.steal()); });
  bodies.emplace_back([&] {
    jobs.push(1), jobs.push(2);
    note(jobs.pop()), note(jobs.pop());
  });
  run(bodies);
}

TEST(StacksTest, owner_and_thief_race_for_the_last_item) {
  expect_found(Finding::check, [] { work_and_steal(false, 2); });
  expect_proof([] { work_and_steal(true, 1); });
  expect_silence([] { work_and_steal(true, 2); });
}

// A stack of places, linked by their numbers. Who pops reads which place comes next and then
// replaces the top, if it still is what it was: it may be that again (A-B-A). With a count of
// replacements in the upper half of the word, it is not.
class PlaceStack {
 public:
  explicit PlaceStack(bool counts) : count_(counts ? 0x100u : 0u) {
    for (std::uint32_t i = kPlaces; i > 0; --i) push(i);
  }

  void push(std::uint32_t place) {
    std::uint32_t top = top_;
    do {
      next_.at(place) = top & 0xffu;
    } while (!top_.compare_exchange(top, (top & ~0xffu) + count_ + place));
  }
  /// 0: there is none.
  std::uint32_t pop() {
    std::uint32_t top = top_;
    while ((top & 0xffu) != 0) {
      const std::uint32_t next = next_.at(top & 0xffu);
      if (top_.compare_exchange(top, (top & ~0xffu) + count_ + next)) break;
    }
    return top & 0xffu;
  }

 private:
  static constexpr std::uint32_t kPlaces = 2;
  const std::uint32_t count_;
  std::array<Atomic<std::uint32_t>, kPlaces + 1> next_;
  Atomic<std::uint32_t> top_{0u, "top"};
};

void take_and_return(bool right) {
  PlaceStack places(right);
  std::array<Atomic<int>, 3> users;
  const auto take = [&] {
    const std::uint32_t place = places.pop();
    if (place != 0) check(++users.at(place) == 1);
    return place;
  };
  const auto give_back = [&](std::uint32_t place) {
    if (place == 0) return;
    --users.at(place);
    places.push(place);
  };
  run({take, [&] {
         const auto first = take();
         const auto second = take();
         give_back(first);
         static_cast<void>(second);
         take();
       }});
}

TEST(StacksTest, a_place_comes_back_and_looks_the_same) {
  expect_found(Finding::check, [] { take_and_return(false); });
  expect_proof([] { take_and_return(true); });
}

// D. Vyukov's puzzle: a stack of three places that looks safe. Who pops takes the link out of the
// top place first, so that no two have the same place, and counts places to leave one behind. Three
// threads and five changes of thread at the wrong steps give one place to two of them.
class SafeStack {
 public:
  SafeStack() {
    for (std::size_t i = 0; i < next_.size(); ++i)
      next_[i] = i + 1 < next_.size() ? int(i) + 1 : kNone;
  }

  int pop() {
    while (places_ > 1) {
      int top = top_;
      const int next = link(top).exchange(kNone);
      if (next == kNone) continue;
      if (int seen = top; top_.compare_exchange(seen, next)) {
        --places_;
        return top;
      }
      link(top) = next;
    }
    return kNone;
  }
  void push(int place) {
    int top = top_;
    do {
      link(place) = top;
    } while (!top_.compare_exchange(top, place));
    ++places_;
  }

  static constexpr int kNone = -1;

 private:
  Atomic<int>& link(int place) { return next_.at(static_cast<std::size_t>(place)); }

  std::array<Atomic<int>, 3> next_;
  Atomic<int> top_{0, "top"};
  Atomic<int> places_{3, "places"};
};

void use_places(unsigned threads) {
  SafeStack places;
  std::array<Atomic<int>, 3> users;
  std::vector<Body> bodies;
  for (unsigned i = 0; i < threads; ++i)
    bodies.emplace_back([&] {
      for (int round = 0; round < 2; ++round) {
        const int place = places.pop();
        if (place == SafeStack::kNone) continue;
        auto& mine = users.at(static_cast<std::size_t>(place));
        check(++mine == 1);
        --mine;
        places.push(place);
      }
    });
  run(bodies);
}

TEST(StacksTest, a_stack_that_looks_safe_fails_among_three) {
  if (support::kAddressSanitizer || support::kThreadSanitizer) GTEST_SKIP() << "takes too long";
  expect_found(Finding::check, [] { use_places(3); },
               {.runs = 1'000'000, .seed = 2, .by = twill::SearchBy::pos});
}

}  // namespace
}  // namespace patterns
