#include "platform/fault.hpp"

#include <cstdlib>
#include <limits>
#include <string_view>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::string_view kNames[] = {"membarrier",  "thread_create", "futex_waitv",
                                       "memory_file", "fork",          "pidfd_open",
                                       "eventfd",     "lifeline",      "file_claim"};
constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// How many calls are still let through.
struct Left {
  Left() noexcept {
    const char* const value = std::getenv("TWILL_FAULT");
    const std::string_view wanted = value != nullptr ? value : "";
    for (std::size_t i = 0; i < std::size(kNames); ++i)
      calls[i].store(wanted.find(kNames[i]) != wanted.npos ? 0 : kNoLimit, relaxed);
  }
  atomic<std::int64_t> calls[std::size(kNames)];
};

atomic<std::int64_t>& left(Fault f) noexcept {
  static Left all;
  return all.calls[static_cast<unsigned>(f)];
}

}  // namespace

bool fault(Fault f) noexcept {
  atomic<std::int64_t>& calls = left(f);
  return calls.load(relaxed) != kNoLimit && calls.fetch_sub(1, relaxed) <= 0;
}

void refuse_after(Fault f, std::int64_t calls) noexcept { left(f).store(calls, relaxed); }

void refuse_no_more(Fault f) noexcept { left(f).store(kNoLimit, relaxed); }

}  // namespace detail
TWILL_END
