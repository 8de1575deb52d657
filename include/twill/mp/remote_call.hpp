#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <twill/mp/call.hpp>
#include <twill/mp/workforce.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN
namespace mp {

struct CallOptions {
  int priority = 0;  ///< of what is queued the lowest goes first, and within one the oldest
  Timeout timeout = Timeout::never();  ///< for room in a pool with max_in_flight
  std::stop_token stop = {};           ///< once requested, the call is cancelled, also as it runs
  /// How long it may run. Then its process is killed, and it fails with TimeoutError.
  Timeout limit = Timeout::never();
  int retries = 0;  ///< so many times it is made again if its process ends (WorkerLost)

  SubmitOptions entry() const { return {.priority = priority, .timeout = timeout, .stop = stop}; }
};

namespace detail {

/// Called with copies of the arguments.
template <class F, class... Args>
concept CallableApart = std::invocable<std::decay_t<F>&, std::decay_t<Args>...>;

template <class F, class... Args>
using AnswerApart =
    std::remove_cvref_t<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;

template <class R>
constexpr void explain_answer() {
  if constexpr (!std::is_void_v<R>) explain<R>();
}

template <class F>
const void* function_in(const F& f) noexcept {
  if constexpr (kSpread<F>)
    return function_in(f.f);
  else if constexpr (FunctionPointer<F>)
    return reinterpret_cast<const void*>(f);
  else
    return nullptr;
}

/// Where the calls of an F begin in a batch, and the callable.
template <class F, class... Args>
std::vector<std::byte> batch_front(const F& f) {
  const std::vector<std::byte>& place = place_of_calls<F, Args...>();
  std::vector<std::byte> bytes(encoded_size(place) + part_size(f));
  Writer out(bytes.data(), bytes.size());
  out.write(place);
  write_part(out, f);
  return bytes;
}

template <class... Args>
void add_call(std::vector<std::byte>& bytes, const Args&... args) {
  const std::size_t size = (std::size_t{0} + ... + part_size(args));
  const std::size_t before = bytes.size();
  bytes.resize(before + size);
  Writer out(bytes.data() + before, size);
  (write_part(out, args), ...);
}

/// One call by a worker, for a thread that waits for it.
template <class R>
class RemoteCall {
 public:
  RemoteCall(Workforce& workers, const CallOptions& options, Batch batch)
      : workers_(workers),
        limit_(options.limit),
        retries_(options.retries),
        batch_(std::move(batch)) {}

  R operator()(const std::stop_token& stop) {
    for (;;) {
      Answers answers = workers_.make(batch_, limit_, stop);
      if (answers.count() != 0) return answers.take<R>();
      try {
        std::rethrow_exception(answers.lost);
      } catch (const WorkerLost&) {
        if (retries_-- <= 0) throw;
      }
    }
  }

 private:
  Workforce& workers_;
  Timeout limit_;
  int retries_;
  Batch batch_;
};

/// A call of copies, of the types that a call by value would have.
template <class F, class... Args>
auto remote_call_of(Workforce& workers, const CallOptions& options, const F& f,
                    const Args&... args) {
  using R = AnswerApart<F, Args...>;
  (explain_callable<F>(), ..., explain_argument<Args>());
  explain_answer<R>();
  Batch batch{type_name<F>(), {}, 1, function_in(f)};
  if constexpr ((Portable<F> && ... && Portable<Args>)) {
    batch.bytes = batch_front<F, Args...>(f);
    add_call<Args...>(batch.bytes, args...);
  }
  return RemoteCall<R>(workers, options, std::move(batch));
}

template <class F, class... Args>
auto remote_call(Workforce& workers, const CallOptions& options, const F& f, const Args&... args) {
  return remote_call_of<std::decay_t<const F&>, std::decay_t<const Args&>...>(workers, options, f,
                                                                              args...);
}

}  // namespace detail
}  // namespace mp
TWILL_END
