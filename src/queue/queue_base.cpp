#include <twill/queue/queue_base.hpp>

#include <algorithm>
#include <new>
#include <utility>

#include "park/node.hpp"
#include "queue/gather.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::uint64_t kGathered = 256;

}  // namespace

void QueueKind::last_putter(const void* queue, Owners& out) {
  const auto& self = *static_cast<const QueueBase*>(queue);
  out.add(out, self.last_putter_.load(relaxed), nullptr, false);
}

void QueueKind::last_getter(const void* queue, Owners& out) {
  const auto& self = *static_cast<const QueueBase*>(queue);
  out.add(out, self.last_getter_.load(relaxed), nullptr, false);
}

bool QueueKind::has_item(const void* queue, std::uint32_t) {
  const auto& self = *static_cast<const QueueBase*>(queue);
  return self.puts_.load(relaxed) != self.gets_.load(relaxed) || self.shut_.load(relaxed);
}

bool QueueKind::has_room(const void* queue, std::uint32_t) {
  const auto& self = *static_cast<const QueueBase*>(queue);
  return self.puts_.load(relaxed) - self.gets_.load(relaxed) < self.bound() ||
         self.shut_.load(relaxed);
}

bool QueueKind::has_nothing_to_do(const void* queue, std::uint32_t) {
  return static_cast<const QueueBase*>(queue)->unfinished() == 0;
}

QueueBase::QueueBase(const QueueKind& kind, QueueOptions options, std::source_location made)
    : kind_(kind),
      maxsize_(options.maxsize),
      label_(kind.joining.name, std::move(options.name), made),
      watched_(born() != 0) {}

template <class Progress>
void QueueBase::gather(const void* key, std::uint64_t enough, Progress&& progress) const noexcept {
  detail::gather(SpinBudget(bucket_of(key).spin), enough, progress);
}

void QueueBase::gather_items() const noexcept {
  gather(items_key(), std::min(kGathered, bound() / 2 + 1),
         [this] { return puts_.load(relaxed) - gets_.load(relaxed); });
}

void QueueBase::gather_slots() const noexcept {
  gather(slots_key(), std::min(kGathered, bound() / 2 + 1),
         [this] { return bound() - (puts_.load(relaxed) - gets_.load(relaxed)); });
}

Ending QueueBase::await(const void* key, const Claim& claim, const Limits& limits,
                        const void* site) const {
  Subject about = subject(site);
  if (key == items_key()) about.kind = &kind_.getting;
  if (key == slots_key()) about.kind = &kind_.putting;
  switch (contend(key, about, claim, limits)) {
    case Outcome::ready:
      return Ending::done;
    case Outcome::stopped:
      return Ending::stopped;
    default:
      return Ending::late;
  }
}

void QueueBase::throw_put(Ending ending, const void* site) const {
  const Subject about = subject(site);
  switch (ending) {
    case Ending::shut:
      throw ShutDown("put() to " + about.describe() + ", which was shut down");
    case Ending::stopped:
      succeeded(Outcome::stopped, about);
      [[fallthrough]];
    case Ending::no_memory:
      throw std::bad_alloc();
    default:
      throw Full(about.describe() + " is full: it holds " + std::to_string(maxsize_) + " items");
  }
}

void QueueBase::throw_get(Ending ending, const void* site) const {
  const Subject about = subject(site);
  if (ending == Ending::shut)
    throw ShutDown("get() from " + about.describe() + ", which was shut down and is empty");
  if (ending == Ending::stopped) succeeded(Outcome::stopped, about);
  throw Empty(about.describe() + " is empty");
}

void QueueBase::tell(twill_operation operation, const void* site,
                     const Limits& limits) const noexcept {
  Subject about = subject(site);
  if (operation == TWILL_GET) about.kind = &kind_.getting;
  if (operation == TWILL_PUT) about.kind = &kind_.putting;
  observe(operation, about, &limits);
}

std::uint64_t QueueBase::unfinished() const noexcept {
  const std::uint64_t done = done_.load(acquire) >> 1;
  return puts_.load(acquire) - done;  // in this order: what is done was put before
}

/// Counts `n` items as done; false if there are fewer unfinished ones.
///
/// Whether that is all is decided by the puts counted *before*, since after the exchange a joiner
/// may return and destroy the queue. A put that comes in between makes for a wake-up too many; the
/// joiner looks again:
///
///     task_done: reads puts 5; done 4 -> 5, joining bit cleared, wakes
///     put:       puts 6            (before the exchange)
///     joiner:    5 of 6, sets the bit again, waits
///
/// A put that comes later than the exchange comes after the count was zero.
bool QueueBase::finish(std::uint64_t n) noexcept {
  std::uint64_t word = done_.load(relaxed);
  std::uint64_t wanted = 0;
  do {
    const std::uint64_t puts = puts_.load(acquire);
    const std::uint64_t done = (word >> 1) + n;
    if (done > puts) return false;
    wanted = done << 1 | (done == puts ? 0 : word & kJoining);
  } while (!done_.compare_exchange_weak(word, wanted, acq_rel, relaxed));
  if ((word & kJoining) != 0 && (wanted & kJoining) == 0) notify(&done_, kEverybody);
  return true;
}

void QueueBase::discard(std::uint64_t n) noexcept {
  while (!finish(n)) n = std::min(n, unfinished());  // somebody marked items before they left
}

void QueueBase::task_done_at(const void* site) {
  observe_if_watched(TWILL_NOTIFY, site);
  if (!finish(1))
    throw ValueError("task_done() of " + subject(site).describe() +
                     " was called more often than items were put");
}

/// Sets the joining bit while there is something to do, under the bucket's lock: finish() clears it
/// before it comes to that bucket, so either it sees the bit or this sees zero.
Outcome QueueBase::await_zero(const Limits& limits, const void* site) const {
  const auto is_zero = [this] {
    std::uint64_t word = done_.load(acquire);
    do {
      if (word >> 1 == puts_.load(acquire)) return true;
    } while (!done_.compare_exchange_weak(word, word | kJoining, acq_rel, acquire));
    return false;
  };
  const Subject about = subject(site);
  for (;;) {
    if (unfinished() == 0) return Outcome::ready;
    const Outcome outcome = detail::await(&done_, about, limits, is_zero);
    if (outcome != Outcome::ready) return outcome;
  }
}

bool QueueBase::join_within(const Limits& limits, const void* site) const {
  if (watched_) tell(TWILL_JOIN, site, limits);
  return succeeded(await_zero(limits, site), subject(site));
}

bool QueueBase::try_join_within(const Limits& limits, const void* site) const {
  if (watched_) tell(TWILL_JOIN, site, limits);
  const Outcome outcome = await_zero(limits, site);
  return outcome != Outcome::stopped && succeeded(outcome, subject(site));
}

}  // namespace detail
TWILL_END
