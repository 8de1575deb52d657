#pragma once

#include <cstdint>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Where a function is, in words that another process of the same program understands: its module
/// may lie at another address there.
struct CodePlace {
  std::string module = {};    ///< its path; empty for the program itself
  std::string build_id = {};  ///< which build of it; empty if it was built without
  std::uint64_t offset = 0;
};

using Function = void (*)();

/// Throws RuntimeError if it is in no module (code that was made at run time).
CodePlace place_of(Function function);
/// Throws RuntimeError if this process has no such module, or another build of it.
Function function_at(const CodePlace& place);

/// Whether an object is a static one, which lives as long as its module: the end of the program
/// destroys it.
bool is_static(const void* object) noexcept;

}  // namespace detail
TWILL_END
