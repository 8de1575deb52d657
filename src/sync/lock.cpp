#include <twill/sync/lock.hpp>

#include <twill/park/contend.hpp>
#include <twill/platform/error.hpp>

#include "park/context.hpp"
#include "park/exiting.hpp"
#include "park/report.hpp"

TWILL_BEGIN

using detail::relaxed;

void Lock::owners(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const Lock*>(object);
  const std::uint32_t word = lock.word_.load(relaxed);
  const std::uint32_t owner = word & kOwner;
  if (owner != 0) out.add(out, owner, lock.site_.load(relaxed), (word & kAcquired) == 0);
}

const detail::Kind Lock::kKind{"Lock", owners, nullptr, [](const void* lock, std::uint32_t) {
                                 return static_cast<const Lock*>(lock)->owner() == 0;
                               }};

void Lock::look(const void* site) const noexcept {
  detail::observe(TWILL_LOOK, {this, &kKind, &label_, site});
}

bool Lock::take_as(std::uint32_t desired) noexcept {
  std::uint32_t word = word_.load(relaxed);
  return (word & ~kWatched) == 0 &&
         word_.compare_exchange_strong(word, word | desired, detail::acquire, relaxed);
}

bool Lock::contend(std::uint32_t desired, const void* site, const detail::Limits& limits,
                   bool exempt) {
  const detail::Subject subject{this, &kKind, &label_, site, exempt};
  if (word_.load(relaxed) & kWatched) detail::observe(detail::taking(limits), subject, &limits);
  if (!take_as(desired)) {
    std::pair how{[=, this] { return take_as(desired); }, [this] { return owner() == 0; }};
    detail::Claim claim = detail::claim_by(how);
    claim.exclusive = !exempt;  // whoever notified a condition lets go at once
    if (!succeeded(detail::contend(this, subject, claim, limits), subject)) return false;
  }
  taken(desired, site);
  return true;
}

void Lock::taken(std::uint32_t desired, const void* site) noexcept {
  const bool plain = (desired & kAcquired) == 0 && (word_.load(relaxed) & kWatched) == 0;
  note_holder(plain ? desired : 0, site);
}

void Lock::lock_slow(const void* site) { contend(detail::self(), site, {}); }

bool Lock::try_lock_slow(const void* site) noexcept {
  if (word_.load(relaxed) & kWatched)
    detail::observe(TWILL_TRY_ACQUIRE, {this, &kKind, &label_, site});
  if (!take_as(detail::self())) return false;
  taken(detail::self(), site);
  return true;
}

bool Lock::lock_until(Timeout timeout, const void* site) {
  return contend(detail::self(), site, {timeout});
}

void Lock::unlock_slow() noexcept {
  std::uint32_t word = word_.load(relaxed);
  if ((word & kOwner) == 0)
    detail::die("unlock() of %s, which is not held", label_.describe("Lock").c_str());
  if ((word & kOwner) != detail::self())
    detail::die("unlock() of %s by %s, but %s holds it", label_.describe("Lock").c_str(),
                detail::name_of(detail::self()).c_str(), detail::name_of(owner()).c_str());
  if (word & kWatched) detail::observe(TWILL_RELEASE, {this, &kKind, &label_, detail::here()});
  holder_.store(0, relaxed);
  // Another thread may release() what was taken by acquire() at the same time: only one may do it.
  if (!word_.compare_exchange_strong(word, word & kWatched, detail::release, relaxed))
    detail::die("unlock() of %s, which another thread has just released",
                label_.describe("Lock").c_str());
  detail::offer(this);
}

bool Lock::acquire_at(const void* site, const detail::Limits& limits) {
  return contend(detail::self() | kAcquired, site, limits);
}

void Lock::release() {
  std::uint32_t word = word_.load(relaxed);
  if (word & kWatched)
    detail::observe(TWILL_RELEASE, {this, &kKind, &label_, __builtin_return_address(0)});
  do {
    if ((word & kOwner) == 0)
      throw RuntimeError("release() of " + label_.describe("Lock") + ", which is not held");
    if (!(word & kAcquired) && (word & kOwner) != detail::self())
      throw RuntimeError("release() of " + label_.describe("Lock") + ", which " +
                         detail::name_of(owner()) +
                         " holds by lock(): only that thread may unlock it");
    if (!(word & kAcquired)) holder_.store(0, relaxed);
  } while (!word_.compare_exchange_weak(word, word & kWatched, detail::release, relaxed));
  detail::offer(this);
}

bool Lock::is_held_for_caller() const noexcept {
  const std::uint32_t word = word_.load(relaxed);
  return (word & kAcquired) != 0 || (owner() != 0 && owner() == detail::self_id);
}

std::uint32_t Lock::let_go() noexcept {
  const std::uint32_t word = word_.load(relaxed);
  if (word & kWatched) detail::observe(TWILL_RELEASE, {this, &kKind, &label_, nullptr});
  holder_.store(0, relaxed);
  word_.exchange(word & kWatched, detail::release);
  detail::offer(this);
  return word & kAcquired;
}

void Lock::take_back(std::uint32_t held, const void* site) {
  contend(detail::self() | held, site, {}, true);
}

void Lock::die_held() const noexcept {
  if (detail::exiting() || detail::has_vanished(owner())) return;
  detail::die("%s is destroyed while %s holds it", label_.describe("Lock").c_str(),
              detail::name_of(owner()).c_str());
}

TWILL_END
