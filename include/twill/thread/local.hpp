#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <twill/thread/local_key.hpp>

TWILL_BEGIN

/// A variable of which each thread has its own (Python's threading.local).
///
///     twill::Local<int> count;                              // 0 in every thread
///     twill::Local<Connection> connection("example.org");   // Connection("example.org") in each
///     twill::Local<Parser> parser([] { return Parser(); });
///     ++*count;
///
/// A thread's value is made when the thread first asks for it, and destroyed when the thread ends,
/// before join() returns. Those that are left are destroyed with the Local, in the thread that
/// destroys it; no other thread may use it then. Never blocks, unless the initialiser does. An
/// access to a value that is there costs a few instructions. Any thread; not copied.
template <class T>
class Local {
 public:
  /// Every thread gets a T().
  Local()
    requires std::default_initializable<T>
      : make_([] { return std::make_unique<Value>(); }) {}

  /// Every thread gets what init() answers: init is kept, and called in several threads at once.
  template <class Init>
    requires std::is_invocable_r_v<T, const Init&> && (!std::same_as<Init, T>) &&
             (!std::same_as<Init, Local>)
  explicit Local(Init init)
      : make_(
            [init = std::move(init)] { return std::unique_ptr<Value>(new Value(Made{}, init)); }) {}

  /// Every thread gets a T(args...), made from copies that are kept.
  template <class... Args>
    requires(sizeof...(Args) > 0) && std::constructible_from<T, const Args&...>
  explicit Local(Args... args)
      : make_([args = std::make_tuple(std::move(args)...)] {
          return std::apply([](const auto&... all) { return std::make_unique<Value>(all...); },
                            args);
        }) {}

  /// The calling thread's value, made now if there is none. Throws what the initialiser throws; the
  /// next call then tries again.
  T& get() {
    if (void* found = key_.find()) [[likely]]
      return *static_cast<T*>(found);
    std::unique_ptr<Value> made = make_();
    T& value = made->value;
    key_.insert(std::move(made), &value);
    return value;
  }
  T& operator*() { return get(); }
  T* operator->() { return &get(); }

  /// Whether the calling thread has a value.
  bool has_value() const noexcept { return key_.find() != nullptr; }

  /// Destroys the calling thread's value; the next get() makes a new one.
  void reset() noexcept { key_.erase(); }

 private:
  struct Made {};
  struct Value final : detail::LocalValue {
    template <class... Args>
    explicit Value(const Args&... args) : value(args...) {}
    template <class Init>
    Value(Made, const Init& init) : value(std::invoke(init)) {}
    T value;
  };

  detail::LocalKey key_;
  std::function<std::unique_ptr<Value>()> make_;
};

TWILL_END
