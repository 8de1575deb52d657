#include <twill/sync/rwlock.hpp>

#include <twill/park/contend.hpp>
#include <twill/platform/error.hpp>

#include "park/exiting.hpp"
#include "park/node.hpp"
#include "park/report.hpp"
#include "park/shared_holds.hpp"

TWILL_BEGIN

using detail::relaxed;

/// A writer waits for the writer, or for every reader.
void RWLock::owners_of_all(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const RWLock*>(object);
  const auto writer = static_cast<std::uint32_t>(lock.word_.load(relaxed) & kWriter);
  if (writer != 0) return out.add(out, writer, lock.site_.load(relaxed), true);
  detail::for_each_context([&](detail::Context& context) {
    for (const detail::SharedHold& hold : context.shared)
      if (hold.object.load(detail::acquire) == object)
        out.add(out, context.id.load(relaxed), hold.site.load(relaxed), true);
  });
}

/// A reader waits for the writer, or for the one who is first in line, who may still give up if it
/// has a limit.
void RWLock::owners_of_share(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const RWLock*>(object);
  const auto writer = static_cast<std::uint32_t>(lock.word_.load(relaxed) & kWriter);
  if (writer != 0) return out.add(out, writer, lock.site_.load(relaxed), true);
  const detail::Node* first = detail::first_waiter(detail::bucket_of(object), object);
  if (first != nullptr && first->wait->limits.unbounded())
    out.add(out, first->wait->context.id.load(relaxed), nullptr, true);
}

const detail::Kind RWLock::kWriting{"RWLock", owners_of_all};
const detail::Kind RWLock::kReading{"RWLock", owners_of_share};

/// Takes all of it if nobody has any; `also` goes off the word with it.
bool RWLock::take_all(std::uint64_t desired, std::uint64_t also) noexcept {
  std::uint64_t word = word_.load(relaxed);
  while ((word & ~(kWatched | kAllPending)) == 0)
    if (word_.compare_exchange_weak(word, (word | desired) - also, detail::acquire, relaxed))
      return true;
  return false;
}

/// Becomes a reader unless any of the bits `unless` is set.
bool RWLock::take_share(std::uint64_t unless) noexcept {
  std::uint64_t word = word_.load(relaxed);
  while ((word & unless) == 0)
    if (word_.compare_exchange_weak(word, word + kReader, detail::acquire, relaxed)) return true;
  return false;
}

bool RWLock::write(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kWriting, &label_, site};
  const std::uint64_t me = detail::self();
  if (word_.load(relaxed) & kWatched) detail::observe(TWILL_ACQUIRE, subject);
  if (!take_all(me, 0)) {
    if (limits.deadline.is_passed()) return false;
    std::pair how{[=, this] { return take_all(me, kPending); },
                  [this] { return (word_.load(relaxed) & ~(kWatched | kAllPending)) == 0; }};
    word_.fetch_add(kPending, relaxed);
    const auto give_up = [this] {  // readers that stood behind may go
      word_.fetch_sub(kPending, relaxed);
      detail::offer(this);
    };
    detail::Outcome outcome;
    try {
      outcome = detail::contend(this, subject, detail::claim_by(how), limits);
    } catch (...) {
      give_up();
      throw;
    }
    if (outcome != detail::Outcome::ready) {
      give_up();
      return succeeded(outcome, subject);
    }
  }
  site_.store(site, relaxed);
  return true;
}

bool RWLock::read(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kReading, &label_, site};
  detail::Context& self = detail::self_context();
  if (word_.load(relaxed) & kWatched) detail::observe(TWILL_ACQUIRE, subject);
  const bool reads_already = detail::holds_shared(self, this);
  if (!take_share(reads_already ? kWriter : kWriter | kAllPending)) {
    std::pair how{[this] { return take_share(kWriter); },
                  [this] { return (word_.load(relaxed) & kWriter) == 0; }};
    detail::Claim claim = detail::claim_by(how);
    claim.shared = true;
    if (!succeeded(detail::contend(this, subject, claim, limits), subject)) return false;
  }
  detail::note_shared(self, this, site);
  return true;
}

void RWLock::unlock_shared() noexcept {
  if (word_.load(relaxed) < kReader)
    detail::die("unlock_shared() of %s, which nobody reads", label_.describe("RWLock").c_str());
  detail::Context& self = detail::self_context();
  detail::forget_shared(self, this);
  const std::uint64_t before = word_.fetch_sub(kReader, detail::release);
  if (before & kWatched)
    detail::observe(TWILL_RELEASE, {this, &kReading, nullptr, __builtin_return_address(0)});
  if (before < 2 * kReader) detail::offer(this);
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

void RWLock::die_held() const noexcept {
  if (detail::exiting()) return;
  const std::uint64_t word = word_.load(relaxed);
  const auto writer = static_cast<std::uint32_t>(word & kWriter);
  detail::die("%s is destroyed while %s holds it", label_.describe("RWLock").c_str(),
              writer != 0 ? detail::name_of(writer).c_str() : "a reader");
}

TWILL_END
