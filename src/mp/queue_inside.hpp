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

/// Attempts it inside until it is done, and stays inside then if `stays`. In between the caller
/// spins once, and then sleeps.
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
  constexpr std::uint64_t kEnough = 64;
  std::optional<SharedWait> wait;
  for (bool listens = false;; listens = !listens) {
    std::uint32_t seen = 0;
    std::size_t before = 0;
    {
      Inside inside(end, block, about, limits);
      if (inside.entry() != Ending::done) return inside.entry();
      Ending ending = look();
      if (ending == Ending::late && listens) {
        seen = end.news.listen();
        ending = look();
      }
      if (ending == Ending::done && stays) inside.stay();
      if (ending != Ending::late || patience.none()) return ending;
      before = size();
    }
    if (!listens) {
      const auto change = [&]() -> std::uint64_t {
        const std::size_t now = size();
        if (is_shutdown() || handle_.is_dropped()) return kEnough;
        return now < before ? before - now : now - before;
      };
      twill::detail::gather(twill::detail::SpinBudget(memory_->spin), kEnough, change);
      continue;
    }
    if (!wait) wait.emplace(block, about, limits, end.news.habit);
    if (const Ending ending = ending_of(wait->sleep(end.news.word, seen), about);
        ending != Ending::done)
      return ending;
  }
}

}  // namespace mp::detail
TWILL_END
