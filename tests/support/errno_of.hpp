#pragma once

#include <twill/platform/error.hpp>

namespace support {

/// The error of the system that `f` fails with; 0 if it does not.
template <class F>
int errno_of(F&& f) {
  try {
    f();
  } catch (const twill::OSError& error) {
    return error.code().value();
  }
  return 0;
}

}  // namespace support
