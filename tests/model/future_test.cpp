// Listeners of a future: who adds one and who ends the future agree in one word.
//   a listener hears of the end once, whether it came before, after or meanwhile

#include <twill/task/future.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using detail::FutureCore;

namespace {

struct Ear final : detail::Listener {
  FutureCore* hear(FutureCore&) noexcept override {
    times.fetch_add(1, relaxed);
    return nullptr;
  }
  atomic<int> times{0};
};

using FutureTest = Door;
LITMUS_IN_BOTH_MODES(FutureTest);

TEST_P(FutureTest, who_listens_hears_once) {
  expect_holds({.preemptions = 4}, [] {
    auto& future = *new detail::FutureValue<int>(std::source_location());
    Ear ear;
    together([&] { future.add(ear); }, [&] { future.set(1); });
    check(ear.times.load(relaxed) == 1, "it hears once");
    future.drop();
  });
}

/// Were the end looked for before the bit is set.
TEST(SeededFutureTest, who_looks_first) {
  expect_fails({.preemptions = 4}, "it hears", [] {
    constexpr int kDone = 1;
    constexpr int kListeners = 2;
    atomic<int> word{0};
    bool told = false;
    bool hears = false;
    together(
        [&] {
          hears = (word.load(acquire) & kDone) != 0;
          if (!hears) word.fetch_or(kListeners, acq_rel);
        },
        [&] { told = (word.fetch_or(kDone, acq_rel) & kListeners) != 0; });
    check(told || hears, "it hears");
  });
}

}  // namespace
