#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// Shared memory of a fixed size is full: what() says how many bytes were wanted, and how many are
/// free.
class TWILL_API MemoryError : public std::bad_alloc {
 public:
  explicit MemoryError(std::string text);
  const char* what() const noexcept override;

 private:
  std::shared_ptr<const std::string> text_;
};

namespace detail {

/// Gives out pieces of the memory that it lies in itself, at the beginning. Whoever has that memory
/// at the same address can use it, one at a time. Nobody destroys it.
class TWILL_API SharedHeap final : public std::pmr::memory_resource {
 public:
  /// `memory` begins with the heap that is made. ValueError if it is too small for any use.
  explicit SharedHeap(std::span<std::byte> memory);

  /// Bytes that are free, not all in one piece.
  std::size_t left() const noexcept { return left_; }

 private:
  struct Chunk;
  struct Links;
  static constexpr int kBins = 48;

  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  Chunk* find(std::size_t size) noexcept;
  void put(Chunk* chunk) noexcept;
  void take(Chunk* chunk) noexcept;

  Links* bins_[kBins] = {};  ///< free chunks of 2^n bytes and more
  std::size_t left_ = 0;
};

}  // namespace detail
}  // namespace mp
TWILL_END
