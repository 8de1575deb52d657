#include <twill/mp/barrier.hpp>

#include <limits>
#include <optional>

#include "mp/barrier_state.hpp"
#include "mp/shared_wait.hpp"
#include "park/spin.hpp"

TWILL_BEGIN
namespace mp {

using detail::BarrierState;
using detail::Woken;
using twill::detail::Limits;
using twill::detail::Subject;

namespace {

const twill::detail::Kind kKind{"Barrier"};
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

BarrierState& state_of(const detail::Handle& handle) noexcept {
  return detail::body_of<BarrierState>(handle.block());
}

std::uint32_t low(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word); }

/// The low half for the next trip.
std::uint64_t next_trip(std::uint64_t word) noexcept {
  using B = BarrierState;
  return (word & B::kEras) | ((word + B::kTrip) & B::kTrips);
}

}  // namespace

/// One wait().
class Barrier::Trip {
 public:
  Trip(Barrier& barrier, const Subject& subject, const Limits& limits)
      : barrier_(barrier), state_(state_of(barrier.state_)), subject_(subject), limits_(limits) {}

  std::int64_t take() {
    const std::int64_t index = enter();
    if (index == barrier_.parties_ - 1)
      complete();
    else
      wait_for_others();
    return index;
  }

 private:
  /// 1. A party arrives.  2. It is killed before it is known as one: nobody breaks the barrier. So
  /// it is one before; and once more after, since a reset() forgets the parties.
  std::int64_t enter() {
    for (;;) {
      state_.parties.add(detail::my_seat());
      std::uint64_t word = state_.word.load();
      if (word & BarrierState::kBroken) throw_broken();
      const auto index = static_cast<std::int64_t>(word >> 32);
      seen_ = low(word);
      if (index == barrier_.parties_) {  // the last trip's action runs
        sleep();
      } else if (state_.word.compare_exchange_strong(word, word + BarrierState::kOneMore)) {
        state_.parties.add(detail::my_seat());
        return index;
      }
    }
  }

  void complete() {
    if (barrier_.options_.action) {
      try {
        barrier_.options_.action();
      } catch (...) {
        break_it();
        throw;
      }
    }
    std::uint64_t word = state_.word.load();
    do
      if (low(word) != seen_) throw_broken();
    while (!state_.word.compare_exchange_weak(word, next_trip(word)));
    state_.wake_all();
  }

  void wait_for_others() {
    for (;;) {
      const std::uint32_t now = low(state_.word.load());
      if ((now ^ seen_) & BarrierState::kEras) throw_broken();  // reset
      if ((now ^ seen_) & BarrierState::kTrips) return;
      if (now & BarrierState::kBroken) throw_broken();
      sleep();
    }
  }

  /// While the trip is the same.
  void sleep() {
    if (!wait_) {
      const auto changed = [&] { return low(state_.word.load()) != seen_; };
      if (twill::detail::spin_until(changed, twill::detail::SpinBudget(state_.habit.spin))) return;
      wait_.emplace(*static_cast<detail::Block*>(barrier_.state_.block()), subject_, limits_,
                    state_.habit);
    }
    const Woken woken = wait_->sleep(state_.low_half(), seen_);
    if (woken == Woken::look || !break_it()) return;
    if (woken == Woken::stopped || woken == Woken::interrupted) succeeded(woken, subject_);
    throw_broken();
  }

  /// False if the trip is over, in whatever way.
  bool break_it() noexcept {
    std::uint64_t word = state_.word.load();
    do
      if (low(word) != seen_) return false;
    while (!state_.word.compare_exchange_weak(word, word | BarrierState::kBroken));
    state_.wake_all();
    return true;
  }

  [[noreturn]] void throw_broken() const {
    throw BrokenBarrierError(barrier_.label_.describe("Barrier") + " is broken");
  }

  Barrier& barrier_;
  BarrierState& state_;
  const Subject& subject_;
  const Limits& limits_;
  std::uint32_t seen_ = 0;
  std::optional<detail::SharedWait> wait_;
};

Barrier::Barrier(std::int64_t parties, BarrierOptions options, std::source_location made)
    : parties_(parties),
      options_(std::move(options)),
      label_("Barrier", std::move(options_.name), made) {
  if (parties < 1)
    throw ValueError(label_.describe("Barrier") + ": parties must be 1 or more, not " +
                     std::to_string(parties));
}

Barrier::Barrier(detail::Arrival& from)
    : parties_(from.number(1, kMost)),
      options_{.timeout = std::chrono::nanoseconds(from.number(0, kMost))},
      state_(from, detail::Handle::Kind::barrier),
      label_("Barrier", from.name(), std::source_location::current()) {}

void Barrier::offer(detail::Offer& to) const {
  if (options_.action)
    throw RuntimeError(label_.describe("Barrier") +
                       " has an action, which does not cross to a process that is no fork");
  to.numbers.push_back(parties_);
  to.numbers.push_back(options_.timeout.nanoseconds());
  state_.offer(to);
  to.names.push_back(name());
}

std::int64_t Barrier::wait_at(const void* site, const Limits& limits) {
  const Subject subject{this, &kKind, &label_, site};
  return Trip(*this, subject, limits).take();
}

void Barrier::abort() noexcept { state_of(state_).break_it(); }

void Barrier::reset() noexcept {
  BarrierState& state = state_of(state_);
  detail::clear_after_dead();
  state.parties.clear();
  std::uint64_t word = state.word.load();
  while (
      !state.word.compare_exchange_weak(word, (word + BarrierState::kEra) & BarrierState::kEras)) {
  }
  state.wake_all();
}

bool Barrier::broken() const noexcept {
  detail::clear_after_dead();
  return (state_of(state_).word.load() & BarrierState::kBroken) != 0;
}

std::int64_t Barrier::n_waiting() const noexcept {
  const std::uint64_t word = state_of(state_).word.load();
  const auto come = static_cast<std::int64_t>(word >> 32);
  return (word & BarrierState::kBroken) != 0 || come == parties_ ? 0 : come;
}

}  // namespace mp
TWILL_END
