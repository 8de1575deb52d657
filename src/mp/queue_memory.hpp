#pragma once

#include <bit>
#include <memory>
#include <new>
#include <optional>
#include <span>

#include <twill/mp/decode_error.hpp>
#include <twill/mp/offer.hpp>
#include <twill/mp/queue_core.hpp>

#include "mp/ring.hpp"
#include "mp/robust_lock.hpp"
#include "platform/descriptor.hpp"
#include "platform/file_claim.hpp"
#include "platform/memory_file.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace mp::detail {

constexpr std::size_t kPage = 4096;

/// What sleepers at one end wait for: counted up, with a bit that says that somebody may sleep.
struct alignas(64) News {
  SharedWord word{0};
  Habit habit{};

  /// To be called before the last look; what it answers is slept on.
  std::uint32_t listen() noexcept { return word.fetch_or(1) | 1; }
  /// After what they wait for has come.
  ///
  ///     putter: the message is there (sits in the store buffer); nobody sleeps
  ///     getter: will sleep; sees no message   <- left alone, but for the order of the ring
  ///
  /// All are woken: one that was woken and is killed would take the wake-up with it.
  void tell() noexcept {
    std::uint32_t seen = word.load();
    if ((seen & 1) == 0 || !word.compare_exchange_strong(seen, seen + 1)) [[likely]]
      return;
    habit.waker_cpu.store(twill::detail::current_cpu(), std::memory_order_relaxed);
    twill::detail::shared_wake(word, 0x7fff'ffff);
  }
};

/// One end of the queue: who puts, or gets, one at a time, and who waits to.
struct alignas(64) QueueCore::End {
  RobustLock lock;
  News news;  ///< of the other end; on a line that is seldom written
};

struct QueueCore::Shared {
  Ring::Shared ring;
  End putting;
  End getting;
  alignas(64) std::atomic<bool> shut;
  std::atomic<std::uint32_t> done;  ///< messages marked as done, modulo 2^32
  News all_done;
};

/// The mapping, which the children of forks have at the same place, and others where they like.
struct QueueCore::Memory {
  explicit Memory(std::size_t ring_bytes)
      : Memory(ring_bytes, twill::detail::make_memory_file("twill queue", kPage + ring_bytes)) {
    static_assert(sizeof(Shared) <= kPage);
    new (at) Shared{};
  }
  Memory(std::size_t ring_bytes, int its_file)
      : size(kPage + ring_bytes),
        file(its_file),
        identity(twill::detail::identity_of(its_file)),
        at(twill::detail::map_memory_file(its_file, size)),
        shared(static_cast<Shared*>(at)) {
    ring.emplace(shared->ring, std::span(static_cast<std::byte*>(at) + kPage, ring_bytes));
  }
  static std::unique_ptr<Memory> of(Arrival& from) {
    const auto ring_bytes = static_cast<std::size_t>(from.number(kPage, Ring::kMost));
    if (!std::has_single_bit(ring_bytes))
      throw DecodeError("what came as the memory of a Queue is none");
    return std::make_unique<Memory>(ring_bytes, from.file(kPage + ring_bytes));
  }
  ~Memory() { twill::detail::unmap_memory_file(at, size); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  const std::size_t size;
  const twill::detail::Descriptor file;  ///< to be sent
  const twill::detail::FileIdentity identity;
  void* const at;
  Shared* const shared;
  std::optional<Ring> ring;
  twill::detail::atomic<std::uint32_t> spin{0};
};

}  // namespace mp::detail
TWILL_END
