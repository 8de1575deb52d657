#pragma once

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
  std::stop_token stop = {};  ///< once requested before there is room, the call is cancelled
};

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

/// A callable and its arguments, which somebody calls once, or nobody.
template <class F, class... Args>
class Parts {
 public:
  template <class... Given>
  explicit Parts(Given&&... given) : parts_(std::forward<Given>(given)...) {}

  /// Calls it; all is destroyed before the answer is there.
  auto call() -> AnswerOf<std::invoke_result_t<F, Args...>> {
    struct End {
      ~End() { parts.discard(); }
      Parts& parts;
    } const end{*this};
    return std::apply(
        [](auto&... all) -> AnswerOf<std::invoke_result_t<F, Args...>> {
          return std::invoke(std::move(all)...);
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
      parts_.call(), this->set_untold();
    else if constexpr (std::is_reference_v<T>)
      this->set_untold(std::addressof(parts_.call()));
    else
      this->set_untold(parts_.call());
    this->tell_all();  // the crew has kept it, or who helps
  }
  void keep_exception(std::exception_ptr thrown) noexcept {
    try {
      this->set_exception(std::move(thrown));
    } catch (...) {  // somebody else gave the future its outcome
    }
  }

  const Crew::State* const crew_;
  Parts<F, Args...> parts_;
};

/// Has f(args...) done by a crew. `closed` throws that it takes nothing more.
template <class Closed, class F, class... Args>
auto submit_to(Crew& crew, const SubmitOptions& options, Closed&& closed, F&& f, Args&&... args) {
  Entry entry(crew, options.timeout, options.stop);
  using T = AnswerOf<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>>;
  auto* const task = new Task<T, std::decay_t<F>, std::decay_t<Args>...>(
      crew, std::forward<F>(f), std::forward<Args>(args)...);
  auto future = Future<T>::of(*task);
  if (!entry.submit(*task, options.priority)) closed();
  return future;
}

}  // namespace detail
TWILL_END
