#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <twill/thread/target.hpp>

TWILL_BEGIN
namespace detail {
TWILL_API std::uint64_t start_raw(std::unique_ptr<Target> target);
}

/// Starts a raw thread (Python's _thread.start_new_thread) that runs f(args...), all copied or
/// moved in, and answers its ident. Nobody can join it, and the program does not wait for it. An
/// exception goes to the excepthook. What was done before the call happens before f. Throws OSError
/// if the system refuses. Does not block; any thread.
template <class F, class... Args>
  requires detail::Startable<F, Args...>
std::uint64_t start_new_thread(F&& f, Args&&... args) {
  return detail::start_raw(detail::target_of(std::forward<F>(f), std::forward<Args>(args)...));
}

TWILL_END
