#include <twill/sync/barrier.hpp>

#include <twill/sync/hold.hpp>

TWILL_BEGIN

using detail::relaxed;

namespace {

constexpr detail::Kind kKind{"Barrier", nullptr};

}  // namespace

Barrier::Barrier(std::int64_t parties, BarrierOptions options, std::source_location made)
    : parties_(parties), options_(std::move(options)), label_("Barrier", options_.name, made) {
  if (parties < 1)
    throw ValueError(label_.describe("Barrier") + ": parties must be 1 or more, not " +
                     std::to_string(parties));
}

void Barrier::tell(twill_operation operation, const void* site,
                   const detail::Limits& limits) const noexcept {
  if (changed_.is_watched()) detail::observe(operation, {this, &kKind, &label_, site}, &limits);
}

void Barrier::look() const noexcept { tell(TWILL_LOOK, __builtin_return_address(0), {}); }

void Barrier::set(State state) {
  state_.store(state, relaxed);
  changed_.notify_all();
}

void Barrier::throw_broken() const {
  throw BrokenBarrierError(label_.describe("Barrier") + " is broken");
}

/// False if the limits came first.
bool Barrier::wait_while(State state, const detail::Subject& subject,
                         const detail::Limits& limits) {
  while (state_.load(relaxed) == state)
    if (!succeeded(changed_.wait_as(subject, limits), subject))
      return state_.load(relaxed) != state;
  return true;
}

/// Nobody comes in while the last trip leaves.
void Barrier::enter(const detail::Subject& subject, const detail::Limits& limits) {
  while (state_.load(relaxed) == State::draining || state_.load(relaxed) == State::resetting)
    if (!wait_while(state_.load(relaxed), subject, limits)) {
      set(State::broken);
      throw_broken();
    }
  if (is_broken()) throw_broken();
}

void Barrier::pass(std::int64_t index, const detail::Subject& subject,
                   const detail::Limits& limits) {
  const std::uint64_t trip = trips_;
  try {
    if (index == parties_ - 1) {
      if (options_.action) run_action();
      ++trips_;
      return set(State::draining);
    }
    if (!wait_while(State::filling, subject, limits)) set(State::broken);
  } catch (...) {
    if (state_.load(relaxed) == State::filling) set(State::broken);
    throw;
  }
  if (trips_ == trip) throw_broken();  // what breaks later does not undo a trip that was full
}

void Barrier::run_action() {
  const detail::PartOfOperation of_none(false);
  options_.action();
}

void Barrier::leave() {
  count_.store(count_.load(relaxed) - 1, relaxed);
  const State state = state_.load(relaxed);
  if (count_.load(relaxed) == 0 && (state == State::draining || state == State::resetting))
    set(State::filling);
}

std::int64_t Barrier::wait_at(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kKind, &label_, site};
  tell(TWILL_WAIT, site, limits);
  const detail::PartOfOperation part;
  const Hold hold(lock_);
  enter(subject, limits);
  const std::int64_t index = count_.load(relaxed);
  count_.store(index + 1, relaxed);
  try {
    pass(index, subject, limits);
  } catch (...) {
    leave();
    throw;
  }
  leave();
  return index;
}

void Barrier::abort() {
  tell(TWILL_CHANGE, __builtin_return_address(0), {});
  const detail::PartOfOperation part;
  const Hold hold(lock_);
  set(State::broken);
}

void Barrier::reset() {
  tell(TWILL_CHANGE, __builtin_return_address(0), {});
  const detail::PartOfOperation part;
  const Hold hold(lock_);
  if (count_.load(relaxed) == 0) return set(State::filling);
  if (state_.load(relaxed) != State::draining) set(State::resetting);
}

TWILL_END
