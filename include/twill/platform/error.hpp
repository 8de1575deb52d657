#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// The root of everything that twill throws of its own, except OSError.
class TWILL_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Misuse of an object's state: release of what is not held, start twice, join of oneself.
class TWILL_API RuntimeError : public Error {
 public:
  using Error::Error;
};

/// A bad argument: a negative count, a timeout that is not a number.
class TWILL_API ValueError : public Error {
 public:
  using Error::Error;
};

/// A wait that ended for time.
class TWILL_API TimeoutError : public Error {
 public:
  using Error::Error;
};

/// A wait that ended because stop was requested on its std::stop_token.
class TWILL_API CancelledError : public Error {
 public:
  using Error::Error;
};

/// A wait that ended because a signal came and whoever runs the thread wants it out of there.
class TWILL_API InterruptedError : public Error {
 public:
  using Error::Error;
};

/// A cycle of waits was found and this thread was chosen to leave it. The text lists the cycle.
class TWILL_API DeadlockError : public Error {
 public:
  using Error::Error;
};

/// The owner of the lock is gone (it ended, or vanished in a fork) and will never release it.
class TWILL_API OwnerVanished : public Error {
 public:
  using Error::Error;
};

/// A barrier is broken: a waiter timed out, its action threw, or somebody called abort().
class TWILL_API BrokenBarrierError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// An index of an array that has no such element.
class TWILL_API IndexError : public Error {
 public:
  using Error::Error;
};

/// A get that found no item in time.
class TWILL_API Empty : public Error {
 public:
  using Error::Error;
};

/// A put that found no room in time.
class TWILL_API Full : public Error {
 public:
  using Error::Error;
};

/// A queue that was shut down.
class TWILL_API ShutDown : public Error {
 public:
  using Error::Error;
};

/// A read at the end: nobody has the other side any more, and all that was sent has been read.
class TWILL_API EOFError : public Error {
 public:
  using Error::Error;
};

/// The operating system refused: code() holds the errno.
class TWILL_API OSError : public std::system_error {
 public:
  OSError(int number, const std::string& what)
      : std::system_error(number, std::generic_category(), what) {}
};

/// A write that nobody can ever read, as nobody has the other side any more: EPIPE.
class TWILL_API BrokenPipeError : public OSError {
 public:
  explicit BrokenPipeError(const std::string& what)
      : OSError(static_cast<int>(std::errc::broken_pipe), what) {}
};

namespace detail {

/// Writes "twill: <sentence>" to stderr and aborts: for misuse where nothing may be thrown.
[[noreturn]] TWILL_API void die(const char* format, ...) noexcept
    __attribute__((format(printf, 1, 2)));

}  // namespace detail
TWILL_END
