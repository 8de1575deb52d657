#include "mp/shared_wait.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <twill/mp/peer_died.hpp>

#include "mp/family.hpp"
#include "park/spin.hpp"
#include "platform/clock.hpp"
#include "platform/cpu.hpp"
#include "platform/thread_id.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kBrief = 2'000'000;        ///< how long a death may go unnoticed
constexpr std::int64_t kLookAgain = 100'000'000;  ///< where the kernel would not tell of a death

/// The kernel's clock may be another than twill's (a virtual one).
std::int64_t kernel_time(Deadline deadline) noexcept {
  if (deadline.is_never()) return kNever;
  if (deadline.is_passed()) return 0;
  const std::int64_t left = deadline.nanoseconds() - Clock::now().time_since_epoch().count();
  return left <= 0 ? 0 : twill::detail::monotonic_now() + left;
}

}  // namespace

SharedWait::SharedWait(Block& block, const Subject& subject, const Limits& limits,
                       Habit& habit) noexcept
    : block_(block),
      subject_(subject),
      limits_(limits),
      habit_(habit),
      until_(kernel_time(limits.deadline)),
      brief_until_(twill::detail::monotonic_now() + kBrief),
      blocking_(twill::detail::self_context()) {
  be_watched();
  if (limits.stop != nullptr && limits.stop->stop_possible()) {
    brief_until_ = 0;
    on_stop_.emplace(*limits.stop, Stop{&stopped_});
  }
}

std::size_t SharedWait::listen(twill::detail::Listened* words, bool& unwatched) const noexcept {
  Arena& a = arena();
  std::size_t count = 0;
  // 1. A listener looks at the seats.  2. A child is born into a free one.  3. The listener reads
  // the number of changes, sleeps, and does not hear when the child dies. So it reads that first.
  words[count++] = {&a.changes, a.changes.load(), false};
  words[count++] = {&stopped_, 0, true};
  for (int seat = 0; seat < static_cast<int>(kSeats); ++seat) {
    const std::uint32_t life = a.seats[seat].life.word.load();
    if (life == 0 || seat == my_seat()) continue;
    if (life == Seat::kUnwatched || life == Seat::kBorn) unwatched = true;
    // A word that says that its process died would be slept on for ever.
    const bool dead = (life & RobustEntry::kOwner) == 0;
    words[count++] = {&a.seats[seat].life.word, dead ? ~life : life, false};
  }
  return count;
}

// 1. The waiter looks, in vain.  2. Another clears away after the dead process whose end ends the
// wait, though not by a change of the word (a killed reader); or the last but one drops the object.
// 3. The waiter finds nobody dead, and sleeps. So it looks again if somebody had gone before it
// knew to whom to listen.
bool SharedWait::has_somebody_gone() noexcept {
  const std::uint32_t now = arena().ends.load();
  return std::exchange(ends_, now) != now;
}

bool SharedWait::wants_out() const noexcept {
  const twill::detail::Hooks* const hooks = twill::detail::self_context().hooks;
  return !subject_.exempt && hooks != nullptr && hooks->on_interrupt != nullptr &&
         hooks->on_interrupt(hooks->data);
}

Woken SharedWait::after_signal() const noexcept {
  return wants_out() ? Woken::interrupted : Woken::look;
}

Woken SharedWait::sleep(const SharedWord& word, std::uint32_t expected) noexcept {
  if (stopped_.load() != 0) return Woken::stopped;
  if (until_ == 0) return Woken::timeout;
  const bool is_brief = brief_until_ != 0;
  const std::uint64_t begin = twill::detail::ticks();
  const Woken woken = is_brief ? sleep_briefly(word, expected) : sleep_long(word, expected);
  const std::uint64_t slept = (twill::detail::ticks() - begin) / twill::detail::ticks_per_us();
  const std::uint32_t waker = habit_.waker_cpu.load(std::memory_order_relaxed);
  twill::detail::SpinBudget(habit_.spin).slept(slept, waker != twill::detail::current_cpu());
  return woken;
}

Woken SharedWait::sleep_briefly(const SharedWord& word, std::uint32_t expected) noexcept {
  const twill::detail::Listened listened{&word, expected};
  switch (twill::detail::shared_wait(&listened, 1, std::min(until_, brief_until_))) {
    case twill::detail::FutexResult::timeout:
      if (until_ <= brief_until_) return Woken::timeout;
      brief_until_ = 0;
      break;
    case twill::detail::FutexResult::interrupted:
      return after_signal();
    case twill::detail::FutexResult::woken:
      break;
  }
  return Woken::look;
}

Woken SharedWait::sleep_long(const SharedWord& word, std::uint32_t expected) noexcept {
  clear_after_dead();
  // 1. The waiter looks, in vain.  2. The last peer sets the event and dies.  3. The waiter finds
  // that it is alone. So it looks once more before it believes that.
  const bool is_alone = limits_.unbounded() && is_left_alone(block_);
  const bool has_threads = is_alone && twill::detail::kernel_tasks() > 1;
  if (is_alone && !has_threads) {
    if (was_alone_) return Woken::alone;
    was_alone_ = true;
    return Woken::look;
  }
  twill::detail::Listened words[twill::detail::kMostListened];
  words[0] = {&word, expected, false};
  bool unwatched = arena().crowded.load() || !twill::detail::robust_works();
  const std::size_t count = 1 + listen(words + 1, unwatched);
  if (has_somebody_gone()) return Woken::look;
  std::int64_t next = unwatched ? twill::detail::monotonic_now() + kLookAgain : kNever;
  // Nobody tells of the end of a thread, which may be the last one that could have ended the wait.
  if (has_threads) next = std::min(next, twill::detail::monotonic_now() + (pause_ *= 2));
  const auto result = twill::detail::shared_wait(words, count, std::min(until_, next));
  // 1. A process dies; the kernel wakes one who listens.  2. What that one waited for has come as
  // well, and it goes.  3. The others sleep on. So it tells them before it looks.
  clear_after_dead();
  switch (result) {
    case twill::detail::FutexResult::timeout:
      return until_ <= next ? Woken::timeout : Woken::look;
    case twill::detail::FutexResult::interrupted:
      return after_signal();
    case twill::detail::FutexResult::woken:
      break;
  }
  return stopped_.load() != 0 ? Woken::stopped : Woken::look;
}

bool succeeded(Woken woken, const Subject& subject) {
  switch (woken) {
    case Woken::look:
      return true;
    case Woken::timeout:
      return false;
    case Woken::stopped:
      return twill::detail::succeeded(Outcome::stopped, subject);
    case Woken::interrupted:
      return twill::detail::succeeded(Outcome::interrupted, subject);
    case Woken::alone:
      break;
  }
  throw PeerDied("no process is left that could end the wait for " + subject.describe());
}

}  // namespace mp::detail
TWILL_END
