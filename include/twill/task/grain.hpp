#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// How much of something that is halved again and again is done without a further cut: what lasts
/// some microseconds, judging by what was done last.
class TWILL_API Grain {
 public:
  /// `measured`: else everything is cut as often as it can be.
  explicit Grain(bool measured) noexcept : measured_(measured) {}

  bool is_worth_a_cut(std::size_t size) const noexcept { return size > grain_.load(relaxed); }

  /// While it lives, `size` is done.
  class TWILL_API Measure {
   public:
    Measure(Grain& grain, std::size_t size) noexcept;
    ~Measure();
    Measure(const Measure&) = delete;
    Measure& operator=(const Measure&) = delete;

   private:
    Grain& grain_;
    const std::size_t size_;
    const std::int64_t began_;  ///< in nanoseconds of the Clock
  };

 private:
  const bool measured_;
  atomic<std::size_t> grain_{0};
};

}  // namespace detail
TWILL_END
