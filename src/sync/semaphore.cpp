#include <twill/sync/semaphore.hpp>

#include <twill/park/contend.hpp>

TWILL_BEGIN

using detail::relaxed;

/// As a lock it is held by who took a permit, as a signal it is given by who releases.
void Semaphore::last_users(const void* semaphore, detail::Owners& out) {
  const auto& self = *static_cast<const Semaphore*>(semaphore);
  out.add(out, self.last_taker_.load(relaxed), nullptr, false);
  out.add(out, self.last_releaser_.load(relaxed), nullptr, false);
}

bool Semaphore::has_permit(const void* semaphore, std::uint32_t) {
  return static_cast<const Semaphore*>(semaphore)->permits() > 0;
}

constexpr detail::Kind Semaphore::kKind{"Semaphore", last_users, "used it last", has_permit};
constexpr detail::Kind Semaphore::kBoundedKind{"BoundedSemaphore", last_users, "used it last",
                                               has_permit};

Semaphore::Semaphore(const char* kind, std::int64_t value, std::int64_t bound,
                     SemaphoreOptions options, std::source_location made)
    : word_(detail::born() | static_cast<std::uint64_t>(value)),
      hint_(static_cast<std::uint32_t>(value)),
      bound_(static_cast<std::uint32_t>(bound) |
             (bound == kMax && word_.load(relaxed) <= kCount ? kPlain : 0)),
      label_(kind, std::move(options.name), made) {
  if (value < 0 || value > kMax)
    throw ValueError(label_.describe(kind) + ": the initial value must be 0 to " +
                     std::to_string(kMax) + ", not " + std::to_string(value));
}

void Semaphore::look(const void* site) const noexcept {
  detail::observe(TWILL_LOOK, {this, &kind(), &label_, site});
}

const detail::Kind& Semaphore::kind() const noexcept {
  return bound() == kMax ? kKind : kBoundedKind;
}

bool Semaphore::take_any(std::uint32_t me) noexcept {
  std::uint64_t word = word_.load(relaxed);
  while ((word & kCount) != 0) {
    if (!word_.compare_exchange_weak(word, word - 1, detail::acquire, relaxed)) continue;
    last_taker_.store(me, relaxed);
    return true;
  }
  return false;
}

bool Semaphore::acquire_at(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kind(), &label_, site};
  if (word_.load(relaxed) & kWatched) detail::observe(detail::taking(limits), subject, &limits);
  const std::uint32_t me = detail::self();
  if (take_any(me)) return true;
  std::pair how{[=, this] { return take_any(me); }, [this] { return permits() > 0; }};
  return succeeded(detail::contend(this, subject, detail::claim_by(how), limits), subject);
}

/// The one permit too many that a release has just added.
void Semaphore::take_back_one() {
  word_.fetch_sub(1, relaxed);
  throw ValueError("release() of " + label_.describe(kind().name) + ": it holds " +
                   std::to_string(kMax) + " permits and may not hold more");
}

void Semaphore::release_slow(std::int64_t n, const void* site) {
  std::uint64_t word = word_.load(relaxed);
  if (word & kWatched) detail::observe(TWILL_RELEASE, {this, &kind(), &label_, site});
  last_releaser_.store(detail::self_id, relaxed);
  do {
    const auto permits = static_cast<std::int64_t>(word & kCount);
    if (n < 1)
      throw ValueError("release(" + std::to_string(n) + ") of " + label_.describe(kind().name) +
                       ": n must be 1 or more");
    if (n > bound() - permits)
      throw ValueError("release(" + std::to_string(n) + ") of " + label_.describe(kind().name) +
                       ": it holds " + std::to_string(permits) + " permits and may hold " +
                       std::to_string(bound()));
  } while (!word_.compare_exchange_weak(word, word + static_cast<std::uint64_t>(n), detail::release,
                                        relaxed));
  detail::offer(this);
}

TWILL_END
