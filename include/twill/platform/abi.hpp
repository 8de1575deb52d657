#pragma once

/// The names that every part of twill stands in, and what a shared library exports.
///
/// State words are read by inline code, so their layout is part of the binary interface: a change
/// of any of them opens a new inline namespace and raises the soname with it. Option aggregates
/// grow only at their end.

#define TWILL_BEGIN \
  namespace twill { \
  inline namespace v0 {
#define TWILL_END \
  }               \
  }

#define TWILL_API __attribute__((visibility("default")))

/// Out of line and far from the hot code: the slow half of an operation.
#define TWILL_COLD __attribute__((noinline, cold))

/// The fast half: inlined also where the compiler would rather not, so that the recorded
/// instruction pointer lies in the caller.
#define TWILL_INLINE inline __attribute__((always_inline))
