#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

struct Node;
struct Wait;

/// One of the address-hashed places where waiters queue. Buckets are never freed, so a releasing
/// thread may look at the bucket of an object that is gone already.
///
/// The bell says whether a release has to look for waiters at all:
///
/// | bell | meaning | set by |
/// |---|---|---|
/// | 0 silent | nobody who waits here can have missed a release | offer(), after 64 visits for nothing |
/// | 1 armed | a release must visit the bucket | the first waiter, before it sleeps |
/// | 2 patient | everybody who matters was nudged and is on the way; visit now and then | offer(), after 16 visits |
///
/// A release stores its word, then reads the bell; a waiter arms the bell, then reads the word.
/// Both are plain accesses on the releasing side, so the waiter pays for the order with
/// heavy_barrier() whenever it takes the bell from 0 or 2 to 1:
///
///     releaser: word = free (sits in the store buffer)
///     waiter:   bell = 1; reads word: still held; sleeps      <- lost, without the barrier
///     releaser: reads bell: 0, goes on
///
/// Where the kernel refuses membarrier, both sides read-modify-write the bell instead.
struct alignas(64) Bucket {
  atomic<std::uint32_t> bell{0};
  atomic<std::uint32_t> lock{0};  ///< WordLock: 0 free, 1 held, 2 held and somebody sleeps
  Node* keys{nullptr};            ///< the first waiter of each key, linked by next_key
  std::uint32_t generation{0};    ///< counts the times the bell was armed anew
  std::uint32_t tickets{0};       ///< counts all waiters that ever came, over and over
  bool established{false};        ///< the barrier of this generation is done
  std::uint16_t fruitless{0};     ///< visits since the last one that did something
  atomic<std::uint32_t> contenders{
      0};  ///< linked nodes that a release must wake; written under the lock
  atomic<std::uint32_t> patience{
      0};  ///< releases counted while patient; a hint, lost counts are harmless
  /// The budget of a spin here; see spin.hpp. On a line of its own, since it is read at every wait
  /// and hardly ever changes.
  alignas(64) atomic<std::uint32_t> spin{0};
};

inline constexpr std::size_t kBucketBits = 10;
extern TWILL_API Bucket buckets[std::size_t{1} << kBucketBits];

/// Fibonacci hashing (Knuth, TAOCP 6.4): the top bits of the product depend on every bit of the
/// address.
inline Bucket& bucket_of(const void* key) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(key);
  return buckets[(address * 0x9E3779B97F4A7C15u) >> (64 - kBucketBits)];
}

/// True while heavy_barrier() orders other threads' plain accesses. Constant after start-up.
extern TWILL_API bool asymmetric_barriers;

TWILL_API void visit(Bucket& bucket, const void* key) noexcept;

enum Bell : std::uint32_t { kSilent, kArmed, kPatient };

/// Of the releases that find the bell patient, those that visit: after 1, 2, 4, ... and every
/// 256th.
inline constexpr std::uint32_t kLookEvery = 256;

TWILL_INLINE bool is_time_to_look(Bucket& bucket) noexcept {
  const std::uint32_t count = bucket.patience.load(relaxed) + 1;
  bucket.patience.store(count, relaxed);
  return (count & (count - 1)) == 0 || count % kLookEvery == 0;
}

/// To be called after every store that may let a waiter of `key` go on. Never blocks for long; uses
/// `key` as an address only, so the object may be gone.
TWILL_INLINE void offer(const void* key) noexcept {
  Bucket& bucket = bucket_of(key);
  std::uint32_t bell;
  if (asymmetric_barriers) [[likely]] {
    std::atomic_signal_fence(seq_cst);  // for the compiler; the waiter's barrier does the rest
    bell = bucket.bell.load(relaxed);
  } else {
    bell = bucket.bell.fetch_add(0, acq_rel);
  }
  if (bell != kSilent) [[unlikely]]
    if (bell != kPatient || is_time_to_look(bucket)) visit(bucket, key);
}

}  // namespace detail
TWILL_END
