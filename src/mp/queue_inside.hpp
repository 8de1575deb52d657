#pragma once

#include <optional>

#include "mp/queue_memory.hpp"
#include "queue/gather.hpp"

TWILL_BEGIN
namespace mp::detail {

/// Holds the lock of one end. That its owner died there is of no meaning: the ring is whole.
class QueueCore::Inside {
 public:
  Inside(End& end, Block& block, const Subject& subject, const Limits& limits) : end_(end) {
    if (!end.lock.take_at_once()) [[unlikely]]
      wait(block, subject, limits);
  }
  ~Inside() {
    if (entry_ == Ending::done) end_.lock.drop();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  /// done, late or stopped: whether it is in.
  Ending entry() const noexcept { return entry_; }
  /// The caller goes on holding it, and drops it later.
  void stay() noexcept { entry_ = Ending::late; }

 private:
  void wait(Block& block, const Subject& subject, const Limits& limits) {
    try {
      if (end_.lock.take_over(block, subject, to_enter(limits)))
        end_.lock.forget_death();
      else
        entry_ = Ending::late;
    } catch (const CancelledError&) {
      entry_ = Ending::stopped;
    }
  }

  /// Nobody stays inside for long, but for one that is stopped or starved there, or has a loan.
  static Limits to_enter(const Limits& limits) {
    if (limits.deadline.is_never()) return limits;
    using namespace std::chrono_literals;
    const twill::Deadline soon{Timeout(50ms)};
    if (limits.deadline.nanoseconds() < soon.nanoseconds()) return {soon, limits.stop};
    return limits;
  }

  End& end_;
  Ending entry_ = Ending::done;
};

inline Ending ending_of(Woken woken, const Subject& subject) {
  if (woken == Woken::stopped) return Ending::stopped;
  return succeeded(woken, subject) ? Ending::done : Ending::late;
}

/// Attempts it inside until it is done, and stays inside then if `stays`.
template <class Attempt>
Ending QueueCore::work_at(End& end, Patience patience, const void* site, Attempt&& attempt,
                          bool stays) {
  Block& block = *static_cast<Block*>(handle_.block());
  const Subject about = subject(site);
  const Limits limits = patience.limits();
  const auto look = [&] {
    need_open(about);
    return attempt();
  };
  const auto enter = [&](std::uint32_t* seen) {
    Inside inside(end, block, about, limits);
    if (inside.entry() != Ending::done) return inside.entry();
    Ending ending = look();
    if (ending == Ending::late && seen != nullptr) {
      *seen = end.news.listen();
      ending = look();
    }
    if (ending == Ending::done && stays) inside.stay();
    return ending;
  };
  const Ending at_once = enter(nullptr);
  if (at_once != Ending::late || patience.none()) [[likely]]
    return at_once;
  return wait_at(end, block, about, limits, enter);
}

/// Enters until it is done. In between the caller spins once, and then listens and sleeps. Beside
/// work_at(), which would else set up room for the wait in each call.
template <class Enter>
[[gnu::noinline]] Ending QueueCore::wait_at(End& end, Block& block, const Subject& about,
                                            const Limits& limits, Enter& enter) {
  constexpr std::uint64_t kEnough = 64;
  std::optional<SharedWait> wait;
  for (;;) {
    const std::size_t before = size();
    const auto change = [&]() -> std::uint64_t {
      const std::size_t now = size();
      if (is_shutdown() || handle_.is_dropped()) return kEnough;
      return now < before ? before - now : now - before;
    };
    twill::detail::gather(twill::detail::SpinBudget(memory_->spin), kEnough, change);
    std::uint32_t seen = 0;
    Ending ending = enter(&seen);
    if (ending != Ending::late) return ending;
    if (!wait) wait.emplace(block, about, limits, end.news.habit);
    ending = ending_of(wait->sleep(end.news.word, seen), about);
    if (ending != Ending::done) return ending;
    ending = enter(nullptr);
    if (ending != Ending::late) return ending;
  }
}

}  // namespace mp::detail
TWILL_END
