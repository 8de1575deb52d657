#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <set>
#include <vector>

#include <twill/thread/thread.hpp>

#include "tools/explore/depth_first.hpp"
#include "tools/explore/engine.hpp"
#include "tools/explore/surroundings.hpp"

/// The depth-first search beside one that leaves nothing out.
namespace brute_force {

using twill::detail::explorer::DepthFirst;

using Body = std::function<void()>;

/// What a search came to.
struct Count {
  std::set<std::uint64_t> classes;
  std::uint64_t executions = 0;
  double interleavings = 0;
  bool fails = false;     ///< some execution does
  bool is_whole = false;  ///< it came to its end
};

inline Count search(const Body& body, DepthFirst::Reduce reduce,
                    std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  const twill::detail::explorer::Surroundings surroundings;
  twill::detail::explorer::Engine engine(10'000);
  DepthFirst all(reduce);
  Count count;
  while (count.executions < most) {
    if (!all.next()) return count.is_whole = true, count;
    const auto& outcome = engine.run(body, all);
    all.learn(outcome.trace);
    EXPECT_FALSE(all.was_surprised());
    count.fails = count.fails || outcome.failure;
    if (all.was_redundant()) continue;
    ++count.executions;
    count.classes.insert(all.fingerprint(outcome.trace));
    count.interleavings += all.interleavings(outcome.trace);
  }
  return count;
}

inline void expect_each_class_once(const Count& reduced, const Count& brute) {
  EXPECT_EQ(reduced.classes, brute.classes);
  EXPECT_EQ(reduced.executions, reduced.classes.size()) << "a class came twice";
  EXPECT_EQ(reduced.interleavings, static_cast<double>(brute.executions));
}

/// A thread for each of them but the last, which is the main thread's: brute force is slow.
inline void run(std::initializer_list<Body> bodies) {
  const auto own = bodies.end() - 1;
  std::vector<std::unique_ptr<twill::Thread>> threads;
  for (auto body = bodies.begin(); body != own; ++body)
    threads.push_back(std::make_unique<twill::Thread>(*body));
  for (auto& thread : threads) thread->start();
  (*own)();
  for (auto& thread : threads) thread->join();
}

}  // namespace brute_force
