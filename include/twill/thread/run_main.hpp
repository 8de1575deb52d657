#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {
TWILL_API int run_main(const std::function<int()>& f);
}

/// Runs f() as the program's main function, waits for all threads that are no daemons, and answers
/// the exit code: what f returns, 0 if it returns nothing, 1 if it throws. The exception is printed
/// first, to stderr.
///
///     int main() { return twill::run_main([] { ... }); }
///
/// Without it a program waits for its threads as well, but an exception that leaves main aborts it.
/// Only the main thread.
template <std::invocable F>
int run_main(F&& f) {
  return detail::run_main([&f]() -> int {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>)
      return std::invoke(std::forward<F>(f)), 0;
    else
      return std::invoke(std::forward<F>(f));
  });
}

TWILL_END
