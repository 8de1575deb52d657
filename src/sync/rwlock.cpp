#include <twill/sync/rwlock.hpp>

#include <twill/park/contend.hpp>
#include <twill/platform/error.hpp>

#include "park/exiting.hpp"
#include "park/node.hpp"
#include "park/report.hpp"
#include "park/shared_holds.hpp"
#include "platform/membarrier.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN

using detail::relaxed;

/// A writer waits for the writer, or for every reader.
void RWLock::owners_of_all(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const RWLock*>(object);
  const auto writer = static_cast<std::uint32_t>(lock.word_.load(relaxed) & kWriter);
  if (writer != 0) return out.add(out, writer, lock.site_.load(relaxed), true);
  for (std::uint32_t i = 1; i < detail::context_count(); ++i) {
    const detail::Context& context = *detail::context_at(i);
    for (const detail::SharedHold& hold : context.shared)
      if (hold.object.load(detail::acquire) == object)
        out.add(out, context.id.load(relaxed), hold.site.load(relaxed), true);
  }
}

/// A reader waits for the writer, or for the writer who is first in line, who may still give up if
/// it has a limit. A reader who is first waits for nobody any more: it is about to be woken.
void RWLock::owners_of_share(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const RWLock*>(object);
  const auto writer = static_cast<std::uint32_t>(lock.word_.load(relaxed) & kWriter);
  if (writer != 0) return out.add(out, writer, lock.site_.load(relaxed), true);
  const detail::Node* first = detail::first_waiter(detail::bucket_of(object), object);
  if (first != nullptr && first->wait->subject.kind == &kWriting && first->wait->limits.unbounded())
    out.add(out, first->wait->context.id.load(relaxed), nullptr, true);
}

// A writer that has to wait is noticed by readers, so it waits indeed, and says nothing before.
const detail::Kind RWLock::kWriting{"RWLock", owners_of_all};
const detail::Kind RWLock::kReading{
    "RWLock", owners_of_share, nullptr,
    [](const void* lock, std::uint32_t context) {
      const std::uint64_t word = static_cast<const RWLock*>(lock)->word_.load(relaxed);
      return (word & (kWriter | kAllPending)) == 0 ||
             ((word & kWriter) == 0 &&
              detail::find_shared(*detail::context_of(context), lock) != nullptr);
    },
    true};

bool RWLock::free_for_writer(std::uint64_t word) const noexcept {
  if ((word & ~(kWatched | kAllPending | kDraining)) != 0) return false;
  return (word & kDraining) == 0 || !detail::held_by_bias(this);
}

/// Takes all of it if nobody has any; `also` goes off the word with it.
bool RWLock::take_all(std::uint64_t desired, std::uint64_t also) noexcept {
  std::uint64_t word = word_.load(detail::acquire);  // kDraining before the look at the readers
  while (free_for_writer(word)) {
    const std::uint64_t taken = ((word | desired) & ~kDraining) - also;
    if (word_.compare_exchange_weak(word, taken, detail::acquire, detail::acquire)) return true;
  }
  return false;
}

/// Becomes a counted reader unless any of the bits `unless` is set, or there are too many.
bool RWLock::take_share(std::uint64_t unless) noexcept {
  std::uint64_t word = word_.load(relaxed);
  while ((word & unless) == 0 && word < kMostReaders)
    if (word_.compare_exchange_weak(word, word + kReader, detail::acquire, relaxed)) return true;
  return false;
}

bool RWLock::read_by_bias(detail::Context& self, const void* site) noexcept {
  constexpr std::uint64_t kAllows = kBiased | kWatched | kWriter | kAllPending;
  if ((word_.load(relaxed) & kAllows) != kBiased) return false;
  detail::SharedHold* hold = detail::note_shared(self, this, site, true);
  if (hold == nullptr) return false;
  std::atomic_signal_fence(detail::seq_cst);
  if ((word_.load(detail::acquire) & kAllows) == kBiased) return true;
  hold->object.store(nullptr, detail::release);
  detail::offer(this);  // a writer may have seen the note
  return false;
}

/// Lets later readers enter without counting, if no writer is about.
void RWLock::bring_bias() noexcept {
  if (!detail::asymmetric_barriers || detail::ticks() < counted_until_.load(relaxed)) return;
  std::uint64_t word = word_.load(relaxed);
  if ((word & (kReader - 1)) == 0)
    word_.compare_exchange_strong(word, word | kBiased, detail::acq_rel, relaxed);
}

/// Afterwards readers are counted, and those that are not can be seen in their contexts.
void RWLock::take_bias_away() noexcept {
  std::uint64_t word = word_.load(relaxed);
  do {
    if ((word & kBiased) == 0) return;
  } while (
      !word_.compare_exchange_weak(word, word - kBiased + kRevoking, detail::acq_rel, relaxed));
  const std::uint64_t begin = detail::ticks();
  detail::heavy_barrier();
  const std::uint64_t end = detail::ticks();
  counted_until_.store(end + 9 * (end - begin), relaxed);
  word_.fetch_add(kDraining - kRevoking, detail::acq_rel);
  detail::offer(this);  // another writer may have gone to sleep over the barrier
}

bool RWLock::write(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kWriting, &label_, site};
  const std::uint64_t me = detail::self();
  if (word_.load(relaxed) & kWatched) detail::observe(detail::taking(limits), subject, &limits);
  take_bias_away();
  if (!take_all(me, 0)) {
    if (limits.deadline.is_passed()) return false;
    if (!wait_to_write(subject, limits)) return false;
  }
  site_.store(site, relaxed);
  return true;
}

/// Meanwhile new readers stand in line.
bool RWLock::wait_to_write(const detail::Subject& subject, const detail::Limits& limits) {
  const std::uint64_t me = detail::self();
  std::pair how{[=, this] { return take_all(me, kPending); },
                [this] { return free_for_writer(word_.load(relaxed)); }};
  if ((word_.fetch_add(kPending, relaxed) & kAllPending) >= kMostPending) {
    word_.fetch_sub(kPending, relaxed);
    throw RuntimeError("too many writers wait for " + label_.describe("RWLock"));
  }
  take_bias_away();  // nobody brings it back now
  const auto give_up = [this] {
    word_.fetch_sub(kPending, detail::release);
    detail::offer(this);  // readers that stood behind may go
  };
  detail::Outcome outcome;
  try {
    outcome = detail::contend(this, subject, detail::claim_by(how), limits);
  } catch (...) {
    give_up();
    throw;
  }
  if (outcome != detail::Outcome::ready) give_up();
  return succeeded(outcome, subject);
}

bool RWLock::read(const void* site, const detail::Limits& limits) {
  detail::Context& self = detail::self_context();
  if (read_by_bias(self, site)) [[likely]]
    return true;
  const detail::Subject subject{this, &kReading, &label_, site};
  if (word_.load(relaxed) & kWatched) detail::observe(detail::taking(limits), subject, &limits);
  const bool reads_already = detail::find_shared(self, this) != nullptr;
  if (!take_share(reads_already ? kWriter : kWriter | kAllPending)) {
    std::pair how{[this] { return take_share(kWriter); },
                  [this] { return (word_.load(relaxed) & kWriter) == 0; }};
    detail::Claim claim = detail::claim_by(how);
    claim.shared = true;
    // Writers that waited in the parent of a fork are still counted, and stand in no line.
    const bool may_enter = limits.deadline.is_passed() && !detail::has_waiters(this);
    if (!(may_enter && take_share(kWriter)) &&
        !succeeded(detail::contend(this, subject, claim, limits), subject))
      return false;
  }
  detail::note_shared(self, this, site, false);
  bring_bias();
  return true;
}

void RWLock::unlock_shared() noexcept {
  detail::Context& self = detail::self_context();
  detail::SharedHold* hold = detail::find_shared(self, this);
  if (hold != nullptr) {
    const bool biased = hold->biased.load(relaxed);
    hold->object.store(nullptr, detail::release);
    if (biased) return detail::offer(this);
  }
  if (word_.load(relaxed) < kReader)
    detail::die("unlock_shared() of %s by %s, which does not read it",
                label_.describe("RWLock").c_str(), detail::name_of(detail::self()).c_str());
  if (word_.load(relaxed) & kWatched)
    detail::observe(TWILL_RELEASE, {this, &kReading, &label_, __builtin_return_address(0)});
  if (word_.fetch_sub(kReader, detail::release) < 2 * kReader) detail::offer(this);
}

void RWLock::unlock_slow(const void* site) noexcept {
  std::uint64_t word = word_.load(relaxed);
  if ((word & kWriter) != detail::self())
    detail::die("unlock() of %s by %s, which does not write it", label_.describe("RWLock").c_str(),
                detail::name_of(detail::self()).c_str());
  if (word & kWatched) detail::observe(TWILL_RELEASE, {this, &kWriting, &label_, site});
  word_.fetch_sub(word & kWriter, detail::release);
  detail::offer(this);
}

void RWLock::check_unheld() const noexcept {
  const std::uint64_t word = word_.load(relaxed);
  const auto writer = static_cast<std::uint32_t>(word & kWriter);
  const bool read = word >= kReader || detail::held_by_bias(this);
  if (detail::exiting() || (writer == 0 && !read)) return;
  detail::die("%s is destroyed while %s holds it", label_.describe("RWLock").c_str(),
              writer != 0 ? detail::name_of(writer).c_str() : "a reader");
}

TWILL_END
