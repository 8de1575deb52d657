#pragma once

#include <exception>
#include <functional>

#include <twill/thread/thread.hpp>

TWILL_BEGIN

struct ExceptHookArgs {
  std::exception_ptr exc;  ///< what left the thread's callable
  /// The thread that failed, which is the one that calls the hook; but for a timer whose thread was
  /// refused.
  Thread thread;
};

using ExceptHook = std::function<void(const ExceptHookArgs&)>;

/// Sets what happens with an exception that leaves a thread, and answers what did before. Empty:
/// default_excepthook(). The hook runs in the failing thread, several at once if several fail; what
/// it throws is printed together with the exception that it was given.
TWILL_API ExceptHook set_excepthook(ExceptHook hook);

/// Prints "Exception in thread NAME: type: what()" to stderr, in one write.
TWILL_API void default_excepthook(const ExceptHookArgs& args);

TWILL_END
