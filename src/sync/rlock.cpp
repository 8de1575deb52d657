#include <twill/sync/rlock.hpp>

#include <twill/park/contend.hpp>

#include "park/context.hpp"
#include "park/exiting.hpp"
#include "park/report.hpp"

TWILL_BEGIN

using detail::relaxed;

void RLock::owners(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const RLock*>(object);
  const std::uint32_t owner = lock.word_.load(relaxed) & kOwner;
  if (owner != 0) out.add(out, owner, lock.site_.load(relaxed), true);
}

const detail::Kind RLock::kKind{
    "RLock", owners, nullptr, [](const void* lock, std::uint32_t context) {
      const std::uint32_t owner = static_cast<const RLock*>(lock)->word_.load(relaxed) & kOwner;
      return owner == 0 || owner == context;
    }};

bool RLock::take_as(std::uint32_t desired) noexcept {
  std::uint32_t word = word_.load(relaxed);
  return (word & ~kWatched) == 0 &&
         word_.compare_exchange_strong(word, word | desired, detail::acquire, relaxed);
}

void RLock::look(const void* site) const noexcept {
  detail::observe(TWILL_LOOK, {this, &kKind, &label_, site});
}

bool RLock::take_once_more(const detail::Limits& limits) {
  const std::uint32_t further = further_.load(relaxed);
  if (further != kDeepest) {
    further_.store(further + 1, relaxed);
    return true;
  }
  if (limits.deadline.is_passed()) return false;
  throw RuntimeError(label_.describe("RLock") + " is held too many times");
}

bool RLock::contend(const void* site, const detail::Limits& limits, std::uint32_t further,
                    bool exempt) {
  const detail::Subject subject{this, &kKind, &label_, site, exempt};
  const std::uint32_t me = detail::self();
  const std::uint32_t word = word_.load(relaxed);
  if (word & kWatched) detail::observe(detail::taking(limits), subject, &limits);
  if (is_owner(word)) return take_once_more(limits);
  if (!take_as(me)) {
    std::pair how{[=, this] { return take_as(me); }, [this] { return !is_held(); }};
    detail::Claim claim = detail::claim_by(how);
    claim.exclusive = !exempt;  // whoever notified a condition lets go at once
    if (!succeeded(detail::contend(this, subject, claim, limits), subject)) return false;
  }
  holder_.store((word & kWatched) != 0 ? 0 : me, relaxed);
  further_.store(further, relaxed);
  site_.store(site, relaxed);
  return true;
}

bool RLock::try_lock_slow(const void* site) noexcept { return contend(site, {Deadline::passed()}); }

/// One level less of a watched lock; false if the caller does not hold it.
bool RLock::release_watched(const void* site) noexcept {
  const std::uint32_t word = word_.load(relaxed);
  if (!is_owner(word)) return false;
  if (word & kWatched) detail::observe(TWILL_RELEASE, {this, &kKind, &label_, site});
  if (const std::uint32_t further = further_.load(relaxed); further != 0)
    further_.store(further - 1, relaxed);
  else
    drop();
  return true;
}

void RLock::unlock_slow(const void* site) noexcept {
  if (!release_watched(site))
    detail::die("unlock() by %s of %s", detail::name_of(detail::self()).c_str(),
                describe().c_str());
}

void RLock::release_slow(const void* site) {
  if (!release_watched(site))
    throw RuntimeError("release() by " + detail::name_of(detail::self()) + " of " + describe());
}

std::string RLock::describe() const {
  const std::uint32_t owner = word_.load(relaxed) & kOwner;
  std::string text = label_.describe("RLock");
  if (owner == 0) return text + ", which is not held";
  text += ", which is held by " + detail::name_of(owner);
  return text + ", " + std::to_string(further_.load(relaxed) + 1) + " deep";
}

std::uint32_t RLock::let_go() noexcept {
  if (word_.load(relaxed) & kWatched)
    detail::observe(TWILL_RELEASE, {this, &kKind, &label_, nullptr});
  return drop();
}

std::uint32_t RLock::drop() noexcept {
  const std::uint32_t further = further_.load(relaxed);
  further_.store(0, relaxed);
  holder_.store(0, relaxed);
  word_.store(word_.load(relaxed) & kWatched, detail::release);
  detail::offer(this);
  return further;
}

void RLock::die_held() const noexcept {
  const std::uint32_t owner = word_.load(relaxed) & kOwner;
  if (detail::exiting() || detail::has_vanished(owner)) return;
  detail::die("destruction of %s", describe().c_str());
}

TWILL_END
