#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <twill/platform/error.hpp>
#include <twill/task/future.hpp>

TWILL_BEGIN

/// What an asynchronous call of a pool answers at once (Python's multiprocessing.pool.AsyncResult):
/// a handle on the result, which can be copied. Any thread may call anything.
template <class T>
class AsyncResult {
 public:
  explicit AsyncResult(Future<T> future) noexcept : future_(std::move(future)) {}

  /// Blocks until it is there, and answers it or throws what the call threw, again and again.
  /// CancelledError if the pool was terminated first. DeadlockError, InterruptedError.
  decltype(auto) get() const& { return future_.result(); }
  /// TimeoutError if it is not there in time.
  decltype(auto) get(Timeout timeout) const& { return future_.result(timeout); }
  /// CancelledError if stop was requested first.
  decltype(auto) get(const std::stop_token& stop) const& { return future_.result(stop); }
  /// Moves the result out.
  T get() && { return std::move(future_).result(); }
  T get(Timeout timeout) && { return std::move(future_).result(timeout); }

  /// Whether it is there in time, and before stop was requested. Does not throw what the call
  /// threw.
  bool wait(Timeout timeout = Timeout::never(), const std::stop_token& stop = {}) const {
    return future_.try_wait(timeout, stop);
  }
  /// Whether it is there. Never blocks.
  bool ready() const noexcept { return future_.done(); }
  /// Whether the call ended without an exception. ValueError if it is not ready.
  bool successful() const {
    if (!ready()) throw ValueError("successful() of a result that is not ready");
    return !future_.failed() && !future_.cancelled();
  }

  /// If it has not begun, it is cancelled; if it runs and was given a std::stop_token, that says
  /// so. False if nobody hears of it, or has before. Never blocks.
  bool request_stop() noexcept { return future_.request_stop(); }

  /// What is behind it.
  const Future<T>& future() const noexcept { return future_; }

 private:
  Future<T> future_;
};

namespace detail {

/// One that is there at once: T(), or nothing if T is void.
template <class T>
AsyncResult<T> ready_result() {
  Future<T> future;
  if constexpr (std::is_void_v<T>)
    future.set_result();
  else
    future.set_result(T());
  return AsyncResult<T>(future);
}

struct NoCallback {
  template <class... Args>
  void operator()(Args&&...) const noexcept {}
};

}  // namespace detail

/// What a pool's worker calls when a result is there, before get() answers: callback(result), or
/// callback() for a void one; or error_callback(std::exception_ptr). What they throw goes to the
/// excepthook.
template <class OnResult = detail::NoCallback, class OnError = detail::NoCallback>
struct Callbacks {
  OnResult callback = {};
  OnError error_callback = {};
};

namespace detail {

template <class F, class... Args>
void call_back(F& f, const Args&... args) {
  try {
    std::invoke(f, args...);
  } catch (...) {
    report_callback(std::current_exception());
  }
}

/// f(args...), and then what `callbacks` say.
template <class OnResult, class OnError, class F>
auto with_callbacks(Callbacks<OnResult, OnError> callbacks, F&& f) {
  return [callbacks = std::move(callbacks), f = std::decay_t<F>(std::forward<F>(f))](
             auto&&... args) mutable -> std::invoke_result_t<std::decay_t<F>, decltype(args)...> {
    const auto call = [&]() -> decltype(auto) {
      try {
        return std::invoke(std::move(f), std::forward<decltype(args)>(args)...);
      } catch (...) {
        const auto thrown = std::current_exception();
        if (thrown != nullptr) call_back(callbacks.error_callback, thrown);
        throw;
      }
    };
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      call_back(callbacks.callback);
    } else if constexpr (std::is_reference_v<decltype(call())>) {
      auto&& result = call();
      call_back(callbacks.callback, result);
      return static_cast<decltype(call())>(result);
    } else {
      auto result = call();
      call_back(callbacks.callback, result);
      return result;
    }
  };
}

}  // namespace detail
TWILL_END
