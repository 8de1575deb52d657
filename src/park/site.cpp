#include <cstdint>
#include <unwind.h>

#include <twill/platform/atomic.hpp>
#include <twill/platform/here.hpp>

#include "park/symbol.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// What was learnt: an instruction's address, with the top bit set if it lies in a library.
constexpr std::uintptr_t kLibrary = std::uintptr_t{1} << 63;
constexpr unsigned kBits = 12;
atomic<std::uintptr_t> learnt[1u << kBits];

bool is_library(const void* instruction) {
  const auto address = reinterpret_cast<std::uintptr_t>(instruction);
  auto& entry = learnt[(address * 0x9E3779B97F4A7C15u) >> (64 - kBits)];
  const std::uintptr_t known = entry.load(relaxed);
  if ((known & ~kLibrary) == address) return (known & kLibrary) != 0;
  const bool library = lies_in_library(instruction);
  entry.store(address | (library ? kLibrary : 0), relaxed);
  return library;
}

struct Walk {
  unsigned frames = 0;
  const void* found = nullptr;
};

/// One frame of the walk, the innermost first; stops at the first that is the user's. The very
/// first is that of outside_of_libraries().
_Unwind_Reason_Code look(_Unwind_Context* frame, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  if (walk.frames++ == 0) return _URC_NO_REASON;
  const auto* call = reinterpret_cast<const char*>(_Unwind_GetIP(frame)) - 1;
  if (is_library(call)) return _URC_NO_REASON;
  walk.found = call;
  return _URC_END_OF_STACK;
}

}  // namespace

[[gnu::noinline]] const void* outside_of_libraries(const void* instruction) noexcept try {
  if (!is_library(instruction)) return instruction;
  Walk walk;
  _Unwind_Backtrace(look, &walk);
  return walk.found != nullptr ? walk.found : instruction;
} catch (...) {
  return instruction;  // no memory to look it up
}

}  // namespace detail
TWILL_END
