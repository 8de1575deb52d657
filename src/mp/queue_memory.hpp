#pragma once

#include <bit>
#include <new>
#include <utility>

#include <twill/mp/queue_core.hpp>
#include <twill/mp/shared_memory.hpp>

#include "mp/ring.hpp"
#include "mp/robust_lock.hpp"
#include "platform/cpu.hpp"
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
  /// After what they wait for has come, and an atomic exchange after that (the lock was let go).
  ///
  ///     putter: the message is there (sits in the store buffer); nobody sleeps
  ///     getter: will sleep; sees no message   <- left alone, but for the fence
  ///
  /// All are woken: one that was woken and is killed would take the wake-up with it.
  void tell() noexcept {
    std::uint32_t seen = twill::detail::load_after_exchange(word);
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
  explicit Memory(std::size_t ring_bytes) : Memory(SharedMemory(kPage + ring_bytes)) {
    static_assert(sizeof(Shared) <= kPage);
    new (shared) Shared{};
  }
  explicit Memory(Arrival& from) : Memory(of(from)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  const SharedMemory memory;
  Shared* const shared;
  Ring ring;
  twill::detail::atomic<std::uint32_t> spin{0};

 private:
  explicit Memory(SharedMemory its)
      : memory(std::move(its)),
        shared(static_cast<Shared*>(static_cast<void*>(memory.buf().data()))),
        ring(shared->ring, memory.buf().subspan(kPage)) {}
  static SharedMemory of(Arrival& from) {
    SharedMemory memory = std::move(*Offering::make<SharedMemory>(from));
    Arrival::need(memory.size() > kPage && std::has_single_bit(memory.size() - kPage) &&
                  memory.size() - kPage <= Ring::kMost);
    return memory;
  }
};

}  // namespace mp::detail
TWILL_END
