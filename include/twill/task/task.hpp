#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include <twill/task/crew.hpp>
#include <twill/task/error.hpp>
#include <twill/task/future.hpp>

TWILL_BEGIN

struct SubmitOptions {
  int priority = 0;  ///< of what is queued the lowest goes first, and within one the oldest
  Timeout timeout = Timeout::never();  ///< for room in a pool with max_in_flight
  /// Once requested, the call is cancelled if it has not begun, also while there is no room for it;
  /// else what was given a std::stop_token hears of it.
  std::stop_token stop = {};
};

/// What a pool can call: f(args...), or else, with a std::stop_token of its own, f(stop, args...).
template <class F, class... Args>
concept Submittable = std::invocable<std::decay_t<F>, std::decay_t<Args>...> ||
                      std::invocable<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>;

namespace detail {

/// What the destructor throws is reported.
template <class T>
void destroy(T& value) noexcept {
  try {
    std::destroy_at(&value);
  } catch (...) {
    report_callback(std::current_exception());
  }
}

/// A value that may be destroyed before its time.
template <class T>
class Discardable {
 public:
  template <class... Given>
  explicit Discardable(Given&&... given) : value_(std::forward<Given>(given)...) {}
  ~Discardable() noexcept { discard(); }
  Discardable(const Discardable&) = delete;
  Discardable& operator=(const Discardable&) = delete;

  T& value() noexcept { return value_; }
  void discard() noexcept {
    if (std::exchange(there_, false)) destroy(value_);
  }

 private:
  union {  // an optional would not let a destructor throw
    T value_;
  };
  bool there_ = true;
};

/// What a future holds of a call's answer.
template <class R>
using AnswerOf =
    std::conditional_t<std::is_rvalue_reference_v<R>, std::remove_cvref_t<R>,
                       std::conditional_t<std::is_object_v<R>, std::remove_cv_t<R>, R>>;

/// How a pool calls an F: with the arguments alone, if that can be, else with a token before them.
template <class F, class... Args>
struct Calling {
  static constexpr bool takes_token = false;
  using Answer = AnswerOf<std::invoke_result_t<F, Args...>>;
};
template <class F, class... Args>
  requires(!std::invocable<F, Args...>)
struct Calling<F, Args...> {
  static constexpr bool takes_token = true;
  using Answer = AnswerOf<std::invoke_result_t<F, std::stop_token, Args...>>;
};

/// A callable and its arguments, which somebody calls once, or nobody.
template <class F, class... Args>
class Parts {
 public:
  template <class... Given>
  explicit Parts(Given&&... given) : parts_(std::forward<Given>(given)...) {}

  /// Calls it; all is destroyed before the answer is there.
  template <class... Tokens>
  auto call(Tokens... tokens) -> AnswerOf<std::invoke_result_t<F, Tokens..., Args...>> {
    struct End {
      ~End() { parts.discard(); }
      Parts& parts;
    } const end{*this};
    return std::apply(
        [&](auto& f, auto&... args) -> AnswerOf<std::invoke_result_t<F, Tokens..., Args...>> {
          return std::invoke(std::move(f), std::move(tokens)..., std::move(args)...);
        },
        parts_.value());
  }
  void discard() noexcept { parts_.discard(); }

 private:
  Discardable<std::tuple<F, Args...>> parts_;
};

/// A call for a crew together with its future, in one piece of memory.
template <class T, class F, class... Args>
class Task final : public FutureValue<T>, public Job {
  static constexpr bool kTakesToken = Calling<F, Args...>::takes_token;

 public:
  /// With two handles: the crew's and the caller's.
  template <class... Given>
  explicit Task(const Crew& crew, Given&&... given)
      : FutureValue<T>(std::source_location(), 2),
        crew_(&crew.state()),
        parts_(std::forward<Given>(given)...) {}

  void run() override {
    const Dropping after(*this);
    execute();
  }
  void abandon(const std::exception_ptr& why) noexcept override {
    const Dropping after(*this);
    if (why == nullptr) this->cancel();
    if (this->begin() == FutureCore::Begin::too_late) return;
    parts_.discard();
    if (why != nullptr) keep_exception(why);
  }
  void help() override {
    if (Crew::may_help(crew_)) execute();
  }

 private:
  struct Dropping {
    explicit Dropping(Task& t) noexcept : task(t) {}
    ~Dropping() { task.drop(); }
    Dropping(const Dropping&) = delete;
    Dropping& operator=(const Dropping&) = delete;
    Task& task;
  };

  ~Task() override = default;

  bool ask_to_stop() noexcept override {
    if constexpr (kTakesToken)
      return stop_.request_stop();
    else
      return false;
  }
  decltype(auto) call() {
    if constexpr (kTakesToken) {
      // By a copy: its callbacks may last longer than this.
      const std::stop_callback with_all(Crew::stopping(*crew_),
                                        [this] { std::stop_source(stop_).request_stop(); });
      return parts_.call(stop_.get_token());
    } else {
      return parts_.call();
    }
  }

  void execute() {
    const auto begun = this->begin();
    if (begun == FutureCore::Begin::cancelled) parts_.discard();
    if (begun != FutureCore::Begin::done) return;
    try {
      complete();
    } catch (...) {
      if (auto thrown = std::current_exception(); thrown != nullptr)
        return keep_exception(std::move(thrown));
      keep_exception(
          std::make_exception_ptr(RuntimeError(this->name() + ": its task ended the thread")));
      throw;  // pthread_exit() and pthread_cancel() must go on
    }
  }
  void complete() {
    if constexpr (std::is_void_v<T>)
      call(), this->set_untold();
    else if constexpr (std::is_reference_v<T>)
      this->set_untold(std::addressof(call()));
    else
      this->set_untold(call());
    this->tell_all();  // the crew has kept it, or who helps
  }
  void keep_exception(std::exception_ptr thrown) noexcept {
    try {
      this->set_exception(std::move(thrown));
    } catch (...) {  // somebody else gave the future its outcome
    }
  }

  struct Nothing {};

  const Crew::State* const crew_;
  Parts<F, Args...> parts_;
  [[no_unique_address]] std::conditional_t<kTakesToken, std::stop_source, Nothing> stop_;
};

/// From here on `stop` asks for `future`'s end, until that is there. The job is given up if this
/// throws.
TWILL_API void stop_with(const std::stop_token& stop, FutureCore& future, Job& job);

/// Has f(args...) done by a crew, submitted at `site`. `closed` throws that it takes nothing more.
template <class Closed, class F, class... Args>
auto submit_to(Crew& crew, const void* site, const SubmitOptions& options, Closed&& closed, F&& f,
               Args&&... args) {
  Entry entry(crew, options.timeout, options.stop);
  using T = typename Calling<std::decay_t<F>, std::decay_t<Args>...>::Answer;
  auto* const task = new Task<T, std::decay_t<F>, std::decay_t<Args>...>(
      crew, std::forward<F>(f), std::forward<Args>(args)...);
  task->site = site;
  auto future = Future<T>::of(*task);
  if (options.stop.stop_possible()) [[unlikely]]
    stop_with(options.stop, *task, *task);
  if (!entry.submit(*task, options.priority)) closed();
  return future;
}

/// The result of a call that uses what lies in the caller's frame: neither a signal nor a deadlock
/// may end the wait.
template <class T>
T sure_result(Future<T> future) {
  while (true) {
    try {
      return std::move(future).result();
    } catch (...) {
      if (future.done() || std::current_exception() == nullptr) throw;
    }
  }
}

}  // namespace detail
TWILL_END
