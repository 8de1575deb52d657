// Kill -9 of those who share both ends of a pipe, at random instants: every message that arrives is
// whole and comes once, and none is missing but what the killed had taken.

#include <algorithm>
#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <twill/mp/connection.hpp>
#include <vector>

#include "mp/chaos.hpp"

namespace {

using namespace std::chrono_literals;
using support::Common;
namespace mp = twill::mp;

/// Sender and number first; as long as the number says, and the rest tells the same.
struct Telling {
  std::vector<int> words;

  static std::size_t length(int number) {
    constexpr std::array<std::size_t, 4> kLengths{2, 300, 17'000, 60'000};
    return kLengths[static_cast<std::size_t>(number) % 4];
  }
  Telling(int sender, int number) : words(length(number), sender ^ number) {
    words[0] = sender;
    words[1] = number;
  }
  explicit Telling(std::vector<int> came) : words(std::move(came)) {}

  bool is_whole() const {
    return words.size() >= 2 && words.size() == length(words[1]) &&
           std::ranges::count(words.begin() + 2, words.end(), words[0] ^ words[1]) ==
               std::ssize(words) - 2;
  }
};

TEST(MpChaosConnectionTest, messages_are_whole_and_only_the_killed_lose_some) {
  constexpr std::size_t kWorkers = 1 << 15;
  auto [in, out] = mp::Pipe(false);
  const Common<std::array<std::atomic<int>, kWorkers>> sent;
  const Common<std::array<std::atomic<int>, kWorkers>> got;
  const Common<std::atomic<int>> next(0);
  const Common<std::atomic<int>> torn(0);
  const auto take = [&](twill::Timeout timeout) {
    auto came = in.try_recv<std::vector<int>>(timeout);
    if (!came) return false;
    const Telling telling(*std::move(came));
    if (telling.is_whole())
      ++(*got)[static_cast<std::size_t>(telling.words[0])];
    else
      ++*torn;
    return true;
  };
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        const int me = (*next)++;
        if (me % 2 != 0) {
          while (stop == 0) take(10ms);
        } else {
          for (int i = 0; stop == 0; ++i)
            if (const Telling telling(me, i); out.try_send(telling.words, 10ms))
              (*sent)[static_cast<std::size_t>(me)]++;
        }
        return true;
      },
      [] {});
  while (take(0s)) continue;
  int missing = 0;
  int doubled = 0;
  for (std::size_t i = 0; i < kWorkers; ++i) {
    missing += std::max(0, (*sent)[i] - (*got)[i]);
    doubled += std::max(0, (*got)[i] - (*sent)[i] - 1);  // the last one may not have been counted
  }
  EXPECT_EQ(*torn, 0);
  EXPECT_EQ(doubled, 0);
  EXPECT_LE(missing, chaos::kills());
}

}  // namespace
