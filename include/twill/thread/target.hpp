#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What a thread runs, once.
struct TWILL_API Target {
  virtual ~Target() = default;
  virtual void run() = 0;
  /// Destroys the callable and its arguments, which may throw. The memory stays, for whoever is the
  /// last to need it: a thread that frees nothing does without malloc's preparations for it.
  virtual void discard() = 0;
};

/// A callable and its arguments, copied or moved in as std::thread does it.
template <class F, class... Args>
struct Call final : Target {
  template <class... Parts>
  explicit Call(Parts&&... given) : parts(std::forward<Parts>(given)...) {}
  ~Call() noexcept override {
    if (there) std::destroy_at(&parts);
  }

  void run() override {
    std::apply([](auto&&... all) { std::invoke(std::move(all)...); }, std::move(parts));
  }
  void discard() override {
    if (std::exchange(there, false)) std::destroy_at(&parts);
  }

  union {  // an optional would not let a destructor throw
    std::tuple<F, Args...> parts;
  };
  bool there = true;
};

template <class F, class... Args>
concept Startable = std::invocable<std::decay_t<F>, std::decay_t<Args>...>;

template <class F, class... Args>
std::unique_ptr<Target> target_of(F&& f, Args&&... args) {
  return std::make_unique<Call<std::decay_t<F>, std::decay_t<Args>...>>(
      std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace detail
TWILL_END
