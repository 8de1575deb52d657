#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// The numbers from 0 to `size`, handed out in pieces to those who share them. A piece is as long
/// as the one who asks is likely to need a given time for, judging by the last, and the last ones
/// are short, so that all end together (compare guided self-scheduling, Polychronopoulos and
/// Kuck, 1987).
class TWILL_API Pieces {
 public:
  /// One of those who share: the piece at hand.
  struct Share {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int64_t began = 0;  ///< in nanoseconds of the Clock
  };

  /// What a piece takes if others are only a thread away.
  static constexpr std::int64_t kTime = 20'000;

  /// `time`: what a piece takes in nanoseconds, about; 0: each is 1 long. `ready`: how many may be
  /// handed out already.
  Pieces(std::size_t size, std::size_t sharers, std::int64_t time, std::size_t ready) noexcept
      : size_(size), sharers_(sharers), time_(static_cast<std::size_t>(time)), ready_(ready) {}

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
  const std::size_t time_;
  alignas(64) atomic<std::size_t> next_{0};
  alignas(64) atomic<std::size_t> ready_;
};

}  // namespace detail
TWILL_END
