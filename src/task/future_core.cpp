#include <twill/task/future_core.hpp>

#include <twill/platform/error.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/error.hpp>

#include "park/node.hpp"
#include "park/word_lock.hpp"
#include "thread/state.hpp"

TWILL_BEGIN
namespace detail {

constexpr Kind FutureCore::kKind{
    "Future",
    [](const void* future, Owners& out) {
      const std::uint64_t word = static_cast<const FutureCore*>(future)->word_.load(relaxed);
      out.add(out, static_cast<std::uint32_t>(word >> kWorkerShift), nullptr, false);
    },
    "works on it",
    [](const void* future, std::uint32_t) {
      return static_cast<const FutureCore*>(future)->phase() >= cancelled;
    }};

/// Has another future tell its own, if one comes of a listener, which has kept it.
void FutureCore::pass_on(FutureCore* another) noexcept {
  if (another == nullptr) return;
  another->tell_all();
  another->drop();
}

FutureCore::~FutureCore() {
  for (Listener* listener = first_; listener != nullptr;)
    pass_on(std::exchange(listener, listener->next)->never_hears());
}

void FutureCore::tell(twill_operation operation) const noexcept {
  if (word_.load(relaxed) & kWatchedBit) [[unlikely]]
    observe(operation, {this, &kKind, &label_, __builtin_return_address(0)});
}

/// An operation that says what was done before it, and hears of what others said: for an observer,
/// as one that puts something in and is never kept waiting.
void FutureCore::tell_change() const noexcept {
  if ((word_.load(relaxed) & kWatchedBit) == 0) [[likely]]
    return;
  const Limits now{Deadline::passed()};
  observe(TWILL_PUT, {this, &kKind, &label_, __builtin_return_address(0)}, &now);
}

FutureCore::Phase FutureCore::looked() const noexcept {
  tell(TWILL_LOOK);
  return phase();
}

bool FutureCore::is(Phase wanted) const noexcept {
  const Phase now = looked();
  return now == wanted || (wanted == running && now == settling);
}

/// Whoever waits goes on if nobody will work on it any more.
bool FutureCore::pass(Phase from, Phase to) noexcept {
  const bool works = to == running || to == settling;
  const bool over = to >= cancelled;
  std::uint64_t word = word_.load(relaxed);
  while (phase_of(word) == from) {
    std::uint64_t after = (word & (kWatchedBit | kListeners)) | to;
    if (!over) after |= word & kWaiters;
    if (works) after |= std::uint64_t{self()} << kWorkerShift;
    if (!word_.compare_exchange_weak(word, after, acq_rel, relaxed)) continue;
    if (over && (word & kWaiters) != 0) notify(this, kEverybody);
    return true;
  }
  return false;
}

bool FutureCore::cancel() noexcept {
  const Keeping alive(*this);
  tell_change();
  if (pass(pending, cancelled)) return tell_all(), true;
  return phase() == cancelled || phase() == told;
}

bool FutureCore::start() {
  tell_change();
  if (pass(pending, running)) return true;
  if (pass(cancelled, told)) return false;
  throw RuntimeError("set_running_or_notify_cancel() of " + name() +
                     ", which was begun or is done already");
}

FutureCore::Begin FutureCore::begin() noexcept {
  tell_change();
  if (pass(pending, running)) return Begin::done;
  return pass(cancelled, told) ? Begin::cancelled : Begin::too_late;
}

FutureCore::Phase FutureCore::begin_settling() {
  tell(TWILL_NOTIFY);
  for (const Phase from : {running, pending, running})
    if (pass(from, settling)) return from;
  throw InvalidStateError("the outcome of " + name() +
                          (is_cancelled() ? ", which was cancelled" : ", which has one already"));
}

void FutureCore::go_back_to(Phase before) noexcept { pass(settling, before); }

void FutureCore::finish() noexcept { pass(settling, finished); }

bool FutureCore::cancel_untold() noexcept { return pass(pending, cancelled); }

void FutureCore::set_exception(std::exception_ptr exception) {
  if (exception == nullptr) throw ValueError("set_exception(null) of " + name());
  settle([&] { exception_ = std::move(exception); });
}

bool FutureCore::wait(const void* site, const Limits& limits) {
  const Subject subject{this, &kKind, &label_, site};
  const bool watched = (word_.load(relaxed) & kWatchedBit) != 0;  // then each look is an operation
  const auto is_over = [this] { return phase() >= cancelled; };
  if (!watched && is_over()) return true;
  if (limits.unbounded()) {
    help();
    if (!watched && is_over()) return true;
  }
  const Absence absence;
  if (watched) observe(TWILL_WAIT, subject, &limits);
  if (is_over()) return true;
  const auto will_wait = [this] {
    return phase_of(word_.fetch_or(kWaiters, acq_rel)) >= cancelled;
  };
  // Again if it was for one who lay here before: a notify() may come after its object's end.
  while (succeeded(await(this, subject, limits, is_over, will_wait), subject))
    if (is_over()) return true;
  return false;
}

void FutureCore::rethrow() const {
  if (phase() != finished) throw CancelledError(name() + " was cancelled");
  if (exception_ != nullptr) std::rethrow_exception(exception_);
}

std::exception_ptr FutureCore::exception() const {
  if (phase() != finished) throw CancelledError(name() + " was cancelled");
  return exception_;
}

/// The end and the bit are told in one word, so that whoever ends it need not look for listeners:
///
///     listener: sees that it is not done; is late with the bit
///     worker: it is done; sees no bit, tells nobody  <- but whoever sets the bit then sees the end
void FutureCore::add(Listener& listener) noexcept {
  tell_change();
  {
    const WordLock::Guard guard(lock_);
    if (phase_of(word_.fetch_or(kListeners, acq_rel)) < cancelled) {
      listener.previous = last_;
      (last_ != nullptr ? last_->next : first_) = &listener;
      last_ = &listener;
      listener.is_linked = true;
      return;
    }
  }
  pass_on(listener.hear(*this));
}

bool FutureCore::remove(Listener& listener) noexcept {
  const WordLock::Guard guard(lock_);
  if (!std::exchange(listener.is_linked, false)) return false;
  (listener.previous != nullptr ? listener.previous->next : first_) = listener.next;
  (listener.next != nullptr ? listener.next->previous : last_) = listener.previous;
  return true;
}

/// Those who come from now on hear as they come.
Listener* FutureCore::take_listeners() noexcept {
  const WordLock::Guard guard(lock_);
  for (Listener* each = first_; each != nullptr; each = each->next) each->is_linked = false;
  last_ = nullptr;
  return std::exchange(first_, nullptr);
}

/// A chain of then() is told in a loop, however long it is.
void FutureCore::tell_listeners() noexcept {
  keep();
  for (FutureCore* done = this; done != nullptr;) {
    Listener* listener = done->has_listeners() ? done->take_listeners() : nullptr;
    if (listener != nullptr) done->tell(TWILL_LOOK);
    FutureCore* last = nullptr;
    while (listener != nullptr) {
      FutureCore* const another = std::exchange(listener, listener->next)->hear(*done);
      if (listener == nullptr)
        last = another;
      else
        pass_on(another);
    }
    std::exchange(done, last)->drop();
  }
}

void report_callback(std::exception_ptr thrown) noexcept {
  if (thrown == nullptr) die("%s", "a callback of a Future must not end its thread");
  report_exception(std::move(thrown), current_thread());
}

}  // namespace detail
TWILL_END
