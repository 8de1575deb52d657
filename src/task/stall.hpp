#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Whether work that is queued goes on, judged by looks now and then.
class Stall {
 public:
  /// `begun`: how many jobs were begun up to now. True, once for each standstill, if jobs are
  /// queued and for `after` nanoseconds none was begun.
  bool look(std::uint64_t begun, bool queued, std::int64_t now, std::int64_t after) noexcept {
    if (!queued || begun != begun_ || !queued_) {
      begun_ = begun;
      queued_ = queued;
      since_ = now;
      told_ = false;
    }
    if (!queued_ || told_ || now - since_ < after) return false;
    return told_ = true;
  }

 private:
  std::uint64_t begun_ = 0;
  std::int64_t since_ = 0;
  bool queued_ = false;
  bool told_ = false;
};

}  // namespace detail
TWILL_END
