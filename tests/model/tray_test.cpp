// The memory of jobs: a sheet of blocks, of which the owner hands out some and which it leaves,
// while others bring blocks back.
//   it is freed once, by whoever is the last, whichever that is
//   who frees it does so after all uses of its blocks

#include <array>

#include "model/litmus.hpp"
#include "task/tray.hpp"

using namespace litmus;
using detail::Tray;

namespace {

struct Blocks {
  void use_and_bring(std::size_t i) {
    uses[i].set(1);
    if (sheet.has_all_with(1)) free_sheet();
  }
  void leave() {
    uses[0].set(1);  // of which the owner has one back already
    if (sheet.has_all_with(-2)) free_sheet();
  }
  void free_sheet() {
    check(freed.fetch_add(1, relaxed) == 0, "it is freed once");
    for (const auto& each : uses) check(each.get() == 1, "nobody uses it any more");
  }

  Tray::Sheet sheet;
  std::array<Plain<int>, 3> uses{Plain(0), Plain(0), Plain(0)};
  atomic<int> freed{0};
};

using TrayTest = Door;
LITMUS_IN_BOTH_MODES(TrayTest);

TEST_P(TrayTest, the_last_one_frees_the_sheet) {
  expect_holds({.preemptions = 4}, [] {
    Blocks blocks;
    together([&] { blocks.leave(); }, [&] { blocks.use_and_bring(1); },
             [&] { blocks.use_and_bring(2); });
    check(blocks.freed.load(relaxed) == 1, "it is freed");
  });
}

/// Were it counted from the first block on.
TEST(SeededTrayTest, that_counts_what_is_out_by_now) {
  expect_fails({.preemptions = 4}, "while it is in use", [] {
    atomic<int> away{1};
    atomic<bool> left{false};
    together(
        [&] {
          away.fetch_add(1, relaxed);  // hands out the second one
          left.store(true, relaxed);
        },
        [&] {
          if (away.fetch_sub(1, acq_rel) == 1) check(left.load(relaxed), "while it is in use");
        });
  });
}

}  // namespace
