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

}  // namespace detail
TWILL_END
