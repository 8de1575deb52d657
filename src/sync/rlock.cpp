#include <twill/sync/rlock.hpp>

#include <twill/park/contend.hpp>

#include "park/context.hpp"
#include "park/exiting.hpp"
#include "park/report.hpp"

TWILL_BEGIN

using detail::relaxed;

void RLock::owners(const void* object, detail::Owners& out) {
  const auto& lock = *static_cast<const RLock*>(object);
  const auto owner = static_cast<std::uint32_t>(lock.word_.load(relaxed) & kOwner);
  if (owner != 0) out.add(out, owner, lock.site_.load(relaxed), true);
}

const detail::Kind RLock::kKind{"RLock", owners};

bool RLock::take_as(std::uint64_t desired) noexcept {
  std::uint64_t word = word_.load(relaxed);
  return (word & ~kWatched) == 0 &&
         word_.compare_exchange_strong(word, word | desired, detail::acquire, relaxed);
}

bool RLock::contend(const void* site, const detail::Limits& limits, std::uint64_t depth,
                    bool exempt) {
  const detail::Subject subject{this, &kKind, &label_, site, exempt};
  const std::uint64_t me = detail::self();
  const std::uint64_t word = word_.load(relaxed);
  if (word & kWatched) detail::observe(detail::taking(limits), subject);
  if (is_owner(word)) {
    if (word >= ~kOneMore) throw RuntimeError(label_.describe("RLock") + " is held too many times");
    word_.store(word + kOneMore, relaxed);
    return true;
  }
  const std::uint64_t desired = me | depth * kOneMore;
  if (!take_as(desired)) {
    std::pair how{[=, this] { return take_as(desired); }, [this] { return !locked(); }};
    detail::Claim claim = detail::claim_by(how);
    claim.exclusive = true;
    if (!succeeded(detail::contend(this, subject, claim, limits), subject)) return false;
  }
  site_.store(site, relaxed);
  return true;
}

bool RLock::try_lock_slow(const void* site) noexcept { return contend(site, {Deadline::passed()}); }

/// One level less, of a watched lock or by a thread without a context; false if the caller does not
/// hold it.
bool RLock::release_watched(const void* site) noexcept {
  const std::uint64_t word = word_.load(relaxed);
  if (!is_owner(word)) return false;
  if (word & kWatched) detail::observe(TWILL_RELEASE, {this, &kKind, &label_, site});
  if (word >= kOneMore) {
    word_.store(word - kOneMore, relaxed);
  } else {
    word_.store(word & kWatched, detail::release);
    detail::offer(this);
  }
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
  const std::uint64_t word = word_.load(relaxed);
  std::string text = label_.describe("RLock");
  if ((word & kOwner) == 0) return text + ", which is not held";
  text += ", which is held by " + detail::name_of(static_cast<std::uint32_t>(word & kOwner));
  return text + ", " + std::to_string(word / kOneMore + 1) + " deep";
}

std::uint64_t RLock::let_go() noexcept {
  const std::uint64_t word = word_.load(relaxed);
  word_.store(word & kWatched, detail::release);
  detail::offer(this);
  return word / kOneMore;
}

void RLock::die_held() const noexcept {
  const auto owner = static_cast<std::uint32_t>(word_.load(relaxed) & kOwner);
  if (detail::exiting() || detail::has_vanished(owner)) return;
  detail::die("destruction of %s", describe().c_str());
}

TWILL_END
