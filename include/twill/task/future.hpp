#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

#include <twill/platform/error.hpp>
#include <twill/task/future_core.hpp>

TWILL_BEGIN
namespace detail {

/// What a future keeps of a T: itself, a pointer for a reference, nothing for void.
template <class T>
using Kept = std::conditional_t<
    std::is_void_v<T>, std::monostate,
    std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, std::remove_cv_t<T>>>;

/// Whether a T can be copied; a std::vector says that it can whatever it contains.
template <class T>
inline constexpr bool is_copyable = std::copy_constructible<T>;
template <class T>
  requires requires {
    typename T::value_type;
    typename T::allocator_type;
  }
inline constexpr bool is_copyable<T> =
    std::copy_constructible<T> && is_copyable<typename T::value_type>;

template <class T>
class FutureValue : public FutureCore {
 public:
  using FutureCore::FutureCore;

  template <class... Parts>
  void set(Parts&&... parts) {
    settle([&] { value_.emplace(std::forward<Parts>(parts)...); });
  }
  template <class... Parts>
  void set_untold(Parts&&... parts) {
    settle_untold([&] { value_.emplace(std::forward<Parts>(parts)...); });
  }
  Kept<T>& value() noexcept { return *value_; }

 protected:
  ~FutureValue() override = default;

 private:
  std::optional<Kept<T>> value_;
};

/// f(value), or f() for a void future; an answer that is a reference to const stays one.
template <class F, class T>
decltype(auto) applied(F& f, FutureValue<T>& future) {
  if constexpr (std::is_void_v<T>)
    return std::invoke(f);
  else if constexpr (std::is_reference_v<T>)
    return std::invoke(f, static_cast<T>(*future.value()));
  else
    return std::invoke(f, std::as_const(future.value()));
}

}  // namespace detail

/// The result of work that somebody else does, there now or later (Python's
/// concurrent.futures.Future). A handle: copies stand for the same future.
///
///     twill::Future<int> answer;
///     twill::Thread thinker([answer]() mutable { answer.set_result(42); });
///     thinker.start();
///     twill::print("{}\n", answer.result());
///
/// A future is pending, then running, then finished, with a value or an exception; or cancelled
/// while it was pending. What was done before its end happens before what follows a call that sees
/// the end. Any thread may call anything. A moved-from handle may be assigned to and destroyed.
template <class T>
class Future {
  static_assert(!std::is_array_v<T> && !std::is_rvalue_reference_v<T>);
  using Value = detail::FutureValue<T>;
  /// What result() answers of one that stays.
  using Result = std::conditional_t<std::is_object_v<T>, std::add_lvalue_reference_t<const T>, T>;

 public:
  using value_type = T;

  /// Pending. Whoever has it may work on it.
  Future(std::source_location made = std::source_location::current()) : value_(new Value(made)) {}
  Future(const Future& other) noexcept : value_(other.value_) {
    if (value_ != nullptr) value_->keep();
  }
  Future(Future&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Future& operator=(Future other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Future() {
    if (value_ != nullptr) value_->drop();
  }
  /// The same future.
  friend bool operator==(const Future&, const Future&) = default;

  /// Finished or cancelled. Never blocks; nor do the next three.
  bool done() const noexcept { return value_->is_done(); }
  bool cancelled() const noexcept { return value_->is_cancelled(); }
  /// Finished with an exception.
  bool failed() const noexcept { return value_->has_failed(); }
  bool running() const noexcept { return value_->is(detail::FutureCore::running); }

  /// Blocks until it is done, and answers the value, which stays as long as a handle does, or
  /// throws the exception. CancelledError if the future was cancelled. DeadlockError,
  /// InterruptedError.
  TWILL_INLINE Result result() const& { return result_at(detail::here(), {}); }
  /// TimeoutError if it is not done in time.
  TWILL_INLINE Result result(Timeout timeout) const& {
    return result_at(detail::here(), {timeout});
  }
  /// CancelledError if stop was requested first.
  TWILL_INLINE Result result(const std::stop_token& stop) const& {
    return result_at(detail::here(), {Deadline::never(), &stop});
  }
  /// Of the last handle, or of what cannot be copied, moves the value out; else it copies.
  TWILL_INLINE T result() && { return taken_at(detail::here(), {}); }
  TWILL_INLINE T result(Timeout timeout) && { return taken_at(detail::here(), {timeout}); }
  TWILL_INLINE T result(const std::stop_token& stop) && {
    return taken_at(detail::here(), {Deadline::never(), &stop});
  }

  /// Whether it is done in time, and before stop was requested. Throws DeadlockError,
  /// InterruptedError.
  TWILL_INLINE bool try_wait(Timeout timeout = std::chrono::seconds(0),
                             const std::stop_token& stop = {}) const {
    return waited(detail::here(), {timeout, &stop});
  }
  /// A copy of the value if it is done so; throws as result() does.
  TWILL_INLINE auto try_result(Timeout timeout = std::chrono::seconds(0),
                               const std::stop_token& stop = {}) const
    requires detail::is_copyable<detail::Kept<T>>
  {
    using Answer = std::conditional_t<std::is_void_v<T>, bool, std::optional<detail::Kept<T>>>;
    if (!waited(detail::here(), {timeout, &stop})) return Answer();
    value_->rethrow();
    if constexpr (std::is_void_v<T>)
      return true;
    else
      return Answer(value_->value());
  }

  /// Blocks until it is done, and answers the exception; null if there is a value. CancelledError
  /// if the future was cancelled.
  TWILL_INLINE std::exception_ptr exception() const { return exception_at(detail::here(), {}); }
  /// TimeoutError if it is not done in time.
  TWILL_INLINE std::exception_ptr exception(Timeout timeout) const {
    return exception_at(detail::here(), {timeout});
  }

  /// True: nobody will work on it, or has, and it was pending until now or cancelled before. False:
  /// it runs or is finished. Callbacks run here. Never blocks.
  bool cancel() noexcept { return value_->cancel(); }
  /// cancel(), or, if it is a pool's call that runs and was given a std::stop_token, has that say
  /// so: every blocking call of twill that was given the token leaves. False if nobody hears of it,
  /// or has before. Callbacks of the token run here. Never blocks.
  bool request_stop() noexcept { return value_->request_stop(); }

  /// Has `f` called with this future once it is done, by whoever completes or cancels it; here and
  /// now if it is done. Callbacks run in the order in which they were added, each once. What they
  /// throw goes to the excepthook.
  template <std::invocable<Future&> F>
  void add_done_callback(F f) const {
    auto call = [f = std::move(f)](detail::FutureCore& core) mutable {
      core.keep();
      Future future(static_cast<Value*>(&core));
      std::invoke(f, future);
    };
    value_->add(*new detail::CallingListener(std::move(call)));
  }

  /// A future of f(value), or f() for a void one, which is called by whoever completes this one, or
  /// here if it is done. What f throws is the new future's exception; so is this one's, without f;
  /// if this one is cancelled, or its last handle goes before it is done, the new one is cancelled.
  /// An answer that refers to a part of the value is copied.
  template <class F>
  auto then(F f) const {
    using Raw = decltype(detail::applied(f, *value_));
    constexpr bool is_others =
        std::is_lvalue_reference_v<Raw> &&
        (std::is_reference_v<T> || !std::is_const_v<std::remove_reference_t<Raw>>);
    using Answer = std::conditional_t<is_others, Raw, std::remove_cvref_t<Raw>>;
    Future<Answer> next;
    value_->add(*new Continuation<Answer, F>(next, std::move(f)));
    return next;
  }

  // For whoever works on it.

  /// Before the work: true if it is to be done, false if the future was cancelled. RuntimeError if
  /// that was asked before, or it is done.
  bool set_running_or_notify_cancel() { return value_->start(); }
  /// Stores the value, lets waiters go on and runs the callbacks. InvalidStateError if the future
  /// has an outcome or was cancelled; if the value's constructor throws, nothing has happened.
  template <class... Parts>
    requires(std::is_object_v<T> && sizeof...(Parts) > 1 &&
             std::constructible_from<detail::Kept<T>, Parts...>)
  void set_result(Parts&&... parts) {
    value_->set(std::forward<Parts>(parts)...);
  }
  template <class U = detail::Kept<T>>
    requires(std::is_object_v<T> && std::convertible_to<U, detail::Kept<T>>)
  void set_result(U&& value) {
    value_->set(std::forward<U>(value));
  }
  void set_result()
    requires std::is_void_v<T>
  {
    value_->set();
  }
  template <class U>
    requires(std::is_reference_v<T> && std::convertible_to<U*, std::remove_reference_t<T>*>)
  void set_result(U& value) {
    value_->set(std::addressof(value));
  }
  template <class U>
    requires std::is_reference_v<T>
  void set_result(const U&& value) = delete;
  /// The same for an exception. ValueError for null.
  void set_exception(std::exception_ptr exception) { value_->set_exception(std::move(exception)); }
  /// A copy of it. ValueError for the base of another one: pass std::current_exception().
  template <std::derived_from<std::exception> E>
  void set_exception(const E& exception) {
    if (typeid(exception) != typeid(E))
      throw ValueError("set_exception() of " + name() +
                       " with the base of an exception: pass std::current_exception()");
    if constexpr (!std::is_abstract_v<E>) set_exception(std::make_exception_ptr(exception));
  }

  /// "Future#3"
  std::string name() const { return value_->name(); }

  /// For wait() and its like: what is behind it.
  detail::FutureCore& core() const noexcept { return *value_; }
  /// For whoever makes futures: a handle on `value` that was counted there already.
  static Future of(detail::FutureValue<T>& value) noexcept { return Future(&value); }

 private:
  template <class>
  friend class Future;

  /// What then() links in. It answers the new future, for whoever completes this one to tell.
  template <class Answer, class F>
  struct Continuation final : detail::Listener {
    Continuation(Future<Answer> n, F&& g) : next(std::move(n)), f(std::move(g)) {}

    detail::FutureCore* hear(detail::FutureCore& core) noexcept override {
      const std::unique_ptr<Continuation> gone(this);
      if (core.is_cancelled()) return cancelled();
      if (!next.value_->try_start()) return nullptr;
      try {
        core.rethrow();
        call(static_cast<Value&>(core));
      } catch (...) {
        next.value_->set_exception_untold(std::current_exception());
      }
      return kept();
    }
    detail::FutureCore* never_hears() noexcept override {
      const std::unique_ptr<Continuation> gone(this);
      return cancelled();
    }
    void call(Value& from) {
      auto& to = *next.value_;
      if constexpr (std::is_void_v<Answer>)
        detail::applied(f, from), to.set_untold();
      else if constexpr (std::is_reference_v<Answer>)
        to.set_untold(std::addressof(detail::applied(f, from)));
      else
        to.set_untold(detail::applied(f, from));
    }
    detail::FutureCore* cancelled() noexcept {
      return next.value_->cancel_untold() ? kept() : nullptr;
    }
    detail::FutureCore* kept() noexcept { return next.value_->keep(), next.value_; }

    Future<Answer> next;
    F f;
  };

  explicit Future(Value* kept) noexcept : value_(kept) {}

  bool waited(const void* site, const detail::Limits& limits) const {
    try {
      return value_->wait(site, limits);
    } catch (const CancelledError&) {
      return false;  // stop was requested
    }
  }
  void settle_wait(const void* site, const detail::Limits& limits) const {
    if (!value_->wait(site, limits)) throw TimeoutError("no result of " + name() + " in time");
  }
  std::exception_ptr exception_at(const void* site, const detail::Limits& limits) const {
    settle_wait(site, limits);
    return value_->exception();
  }
  Result result_at(const void* site, const detail::Limits& limits) const {
    settle_wait(site, limits);
    value_->rethrow();
    if constexpr (std::is_object_v<T>)
      return value_->value();
    else if constexpr (std::is_reference_v<T>)
      return static_cast<T>(*value_->value());
  }
  T taken_at(const void* site, const detail::Limits& limits) {
    if constexpr (!std::is_object_v<T>) {
      return result_at(site, limits);
    } else {
      settle_wait(site, limits);
      value_->rethrow();
      if constexpr (detail::is_copyable<T>)
        if (!value_->has_one_handle()) return value_->value();
      return std::move(value_->value());
    }
  }

  Value* value_;
};

TWILL_END
