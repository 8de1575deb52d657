#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// Memory for small objects of one size that one thread makes and any thread frees.
///
/// The blocks are cut from sheets. What the tray's thread frees of the sheet in use it takes again,
/// without an atomic operation. A sheet whose blocks are all handed out is left: from then on, each
/// block that comes back is counted, and whoever brings the last one frees the sheet.
class Tray {
 public:
  /// Counts what comes back of a sheet. What is out is added only when the sheet is left:
  ///
  ///     owner: hands out a block; 1 is out
  ///     another thread: brings it back; 0    <- would free the sheet, which is in use
  ///     owner: hands out the next block
  ///
  /// Until then the count is not above 0, and who subtracts 1 never sees that it was 1.
  class Sheet {
   public:
    /// Whether those, or, as it is left, less than none, were the last ones.
    bool has_all_with(std::int64_t back) noexcept { return away_.fetch_sub(back, acq_rel) == back; }

   private:
    atomic<std::int64_t> away_{0};
  };

  Tray() = default;
  Tray(const Tray&) = delete;
  Tray& operator=(const Tray&) = delete;

  /// Whether the next one needs a new sheet.
  bool is_empty() const noexcept { return free_ == nullptr; }
  /// Memory for `size` bytes, always as many, aligned as that of malloc(). Throws bad_alloc.
  void* take(std::size_t size) {
    if (is_empty()) [[unlikely]]
      cut(size);
    Block* const block = free_;
    free_ = block->next;
    ++out_;
    return &block->next;
  }
  /// By any thread, each to its own tray, whoever took it.
  void give_back(void* memory) noexcept {
    Block* const block = block_at(memory);
    if (block->sheet != sheet_) return count(*block->sheet, 1);
    block->next = free_;
    free_ = block;
    --out_;
  }
  /// To be called before the end of its thread: from here on all that comes back is counted.
  void leave() noexcept;

 private:
  struct Block {
    Sheet* sheet;
    Block* next;  ///< here begins what is handed out
  };

  static Block* block_at(void* memory) noexcept;
  static void count(Sheet& sheet, std::int64_t back) noexcept;
  void cut(std::size_t size);

  Block* free_ = nullptr;
  Sheet* sheet_ = nullptr;
  std::int64_t out_ = 0;  ///< blocks of the sheet handed out, less those that this thread freed
};

}  // namespace detail
TWILL_END
