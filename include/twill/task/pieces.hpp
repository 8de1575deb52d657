#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// The numbers from 0 to `size`, handed out in pieces to those who share them. A piece is as long
/// as the one who asks is likely to need some microseconds for, judging by the last, and the last
/// ones are short, so that all end together (compare guided self-scheduling, Polychronopoulos and
/// Kuck, 1987).
class TWILL_API Pieces {
 public:
  /// One of those who share: the piece at hand.
  struct Share {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int64_t began = 0;  ///< in nanoseconds of the Clock
  };

  /// `measured`: else each piece is 1 long. `ready`: how many may be handed out already.
  Pieces(std::size_t size, std::size_t sharers, bool measured, std::size_t ready) noexcept
      : size_(size), sharers_(sharers), measured_(measured), ready_(ready) {}

  /// The next piece; false if there is none. Waits, without sleeping, until it is ready.
  bool next(Share& share) noexcept;
  /// So many may be handed out, and what was done before is seen by who has them. By one thread,
  /// which goes on up to the last one whatever happens.
  void set_ready(std::size_t ready) noexcept { ready_.store(ready, release); }
  /// There are no more pieces.
  void drop_rest() noexcept { next_.store(size_, relaxed); }

 private:
  std::size_t length_after(Share& share) const noexcept;

  const std::size_t size_;
  const std::size_t sharers_;
  const bool measured_;
  alignas(64) atomic<std::size_t> next_{0};
  alignas(64) atomic<std::size_t> ready_;
};

}  // namespace detail
TWILL_END
