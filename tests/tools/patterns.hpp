#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>

#include "support/sanitizers.hpp"

namespace patterns {

using Body = std::function<void()>;

/// A thread for each of them; all are started before the first is joined.
inline void run(const std::vector<Body>& bodies) {
  std::vector<twill::Thread> threads;
  threads.reserve(bodies.size());
  for (const Body& body : bodies) threads.emplace_back(body);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}

/// The program is wrong, the exploration says in which way, and its replay shows the same.
inline twill::Exploration expect_found(twill::Finding what, const Body& program,
                                       twill::ExploreOptions options = {}) {
  const twill::Exploration found = twill::explore(program, options);
  EXPECT_EQ(found.finding, what) << found.report();
  if (found.replay.empty()) return found;
  options.replay = found.replay;
  const twill::Exploration again = twill::explore(program, options);
  EXPECT_EQ(again.failure, found.failure);
  EXPECT_EQ(again.table, found.table);
  return found;
}

/// ThreadSanitizer makes an execution a hundred times slower: there, some have to do.
inline constexpr std::uint64_t kMostRuns = support::kThreadSanitizer ? 150 : 20'000;

/// The program is right, as far as was tried.
inline twill::Exploration expect_silence(const Body& program, twill::ExploreOptions options = {}) {
  options.runs = std::min(options.runs, kMostRuns);
  const twill::Exploration found = twill::explore(program, options);
  EXPECT_TRUE(found) << found.report();
  return found;
}

/// The program is right, whatever the order.
inline twill::Exploration expect_proof(const Body& program, twill::ExploreOptions options = {}) {
  const twill::Exploration found = expect_silence(program, options);
  EXPECT_TRUE(found.exhaustive || support::kThreadSanitizer) << found.report();
  return found;
}

/// The program is wrong if it is given false, and right, whatever the order, if it is given true.
inline void expect_cure(twill::Finding what, const std::function<void(bool right)>& program) {
  expect_found(what, [&] { program(false); });
  expect_proof([&] { program(true); });
}

/// How many threads wait for a lock that another holds, as a failure tells.
inline int waits_for_locks(const std::string& failure) {
  int count = 0;
  for (auto at = failure.find(" holds it since "); at != failure.npos;
       at = failure.find(" holds it since ", at + 1))
    ++count;
  return count;
}

}  // namespace patterns
