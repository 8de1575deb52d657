#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// Memory for blocks of items, uninitialised: small ones from the heap, large ones from the system,
/// so that what a burst needed goes back when it is over, whatever lies beside it. Null if there is
/// none.
TWILL_API void* take_block(std::size_t bytes, std::size_t alignment) noexcept;
TWILL_API void give_block(void* block, std::size_t bytes, std::size_t alignment) noexcept;

/// Has a container take its memory the same way.
template <class T>
struct BlockAllocator {
  using value_type = T;

  BlockAllocator() = default;
  template <class U>
  BlockAllocator(const BlockAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    void* block = take_block(count * sizeof(T), alignof(T));
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t count) noexcept {
    give_block(block, count * sizeof(T), alignof(T));
  }
  friend bool operator==(BlockAllocator, BlockAllocator) noexcept { return true; }
};

/// Room for a row of items.
template <class T>
struct Block {
  static constexpr std::size_t kAlignment = std::max(alignof(T), std::size_t{64});
  static constexpr std::size_t kHeader =
      (2 * sizeof(void*) + kAlignment - 1) / kAlignment * kAlignment;

  Block* next;  ///< the block behind it; itself for the only block of a ring
  std::uint64_t capacity;

  static constexpr std::size_t bytes_of(std::uint64_t capacity) noexcept {
    return kHeader + static_cast<std::size_t>(capacity) * sizeof(T);
  }

  static Block* make(std::uint64_t capacity) noexcept {
    void* memory = take_block(bytes_of(capacity), kAlignment);
    return memory != nullptr ? new (memory) Block{nullptr, capacity} : nullptr;
  }
  static void destroy(Block* block) noexcept {
    if (block != nullptr) give_block(block, bytes_of(block->capacity), kAlignment);
  }

  T* begin() noexcept { return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(this) + kHeader); }
  T* end() noexcept { return begin() + capacity; }
};

/// The blocks of one queue, in order. What stands under "producers" belongs to who is inside the
/// gate at that end, likewise "consumers"; an item's publication carries its block over.
///
/// A queue with a small bound has one block of that size and goes round in it. Others chain blocks,
/// the larger the more items wait; one that is used up goes back to the producers, and those that
/// nobody needs go back to the heap.
template <class T>
class Blocks {
 public:
  Blocks() = default;
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
  /// The items are destroyed already.
  ~Blocks() {
    Block<T>* block = head_ != nullptr ? head_ : first_;
    if (block != nullptr && block->next == block) block->next = nullptr;
    while (block != nullptr) {
      Block<T>* const next = block->next;
      Block<T>::destroy(block);
      block = next;
    }
    Block<T>::destroy(spare_.load(relaxed));
  }

  /// Producers: the block to go on with once the last is full, or null without memory. `waiting`
  /// items are in the queue, which may hold `bound`.
  Block<T>* behind(std::uint64_t waiting, std::uint64_t bound) noexcept {
    if (tail_ != nullptr && tail_->next == tail_) return tail_;
    Block<T>* fresh = tail_ != nullptr && spare_.load(relaxed) != nullptr
                          ? spare_.exchange(nullptr, acquire)
                          : nullptr;
    if (fresh == nullptr) fresh = Block<T>::make(size_of_next(waiting, bound));
    if (fresh == nullptr) return nullptr;
    const bool ring = tail_ == nullptr && is_ring(bound);
    fresh->next = ring ? fresh : nullptr;
    (tail_ != nullptr ? tail_->next : first_) = fresh;
    return tail_ = fresh;
  }

  /// Consumers: the block in which the next item is, once the last is used up. There is an item.
  Block<T>* ahead() noexcept {
    Block<T>* const used = head_;
    head_ = used != nullptr ? used->next : first_;
    if (used != nullptr && used != head_) recycle(used);
    return head_;
  }

 private:
  static constexpr std::uint64_t items_in(std::size_t bytes) noexcept {
    return std::max<std::uint64_t>(bytes / sizeof(T), 4);
  }
  static constexpr std::uint64_t kFirst = items_in(448);
  static constexpr std::uint64_t kUsual = items_in(8 * 1024 - Block<T>::kHeader);
  static constexpr std::uint64_t kLargest = items_in(128 * 1024 - Block<T>::kHeader);
  static constexpr std::uint64_t kLargestRing = items_in(64 * 1024);

  static constexpr bool is_ring(std::uint64_t bound) noexcept { return bound <= kLargestRing; }

  std::uint64_t size_of_next(std::uint64_t waiting, std::uint64_t bound) const noexcept {
    if (tail_ == nullptr) return is_ring(bound) ? bound : kFirst;
    return std::clamp(waiting, kUsual, kLargest);
  }

  void recycle(Block<T>* used) noexcept {
    if (used->capacity >= kUsual) used = spare_.exchange(used, acq_rel);
    Block<T>::destroy(used);
  }

  Block<T>* tail_ = nullptr;              ///< producers
  Block<T>* first_ = nullptr;             ///< set by producers once
  atomic<Block<T>*> spare_{nullptr};      ///< used up, for anybody
  alignas(64) Block<T>* head_ = nullptr;  ///< consumers
};

}  // namespace detail
TWILL_END
