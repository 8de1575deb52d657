#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// A function without arguments, or none: what std::function<void()> is, for a tenth of its lines
/// in every program, and for what can only be moved as well.
class Callback {
 public:
  Callback() = default;
  /// A copy of `f`, or what it was if it is moved in. Empty for a null pointer or an empty
  /// function.
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Callback> && std::invocable<std::decay_t<F>&>)
  Callback(F&& f)
      : body_(is_empty(f) ? nullptr : new Holder<std::decay_t<F>>(std::forward<F>(f))) {}
  Callback(Callback&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Callback& operator=(Callback other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Callback() { delete body_; }

  explicit operator bool() const noexcept { return body_ != nullptr; }
  /// Calls it; there has to be one. Throws what it throws.
  void operator()() const { body_->call(); }

 private:
  struct Body {
    virtual ~Body() = default;
    virtual void call() = 0;
  };
  template <class F>
  struct Holder final : Body {
    template <class G>
    explicit Holder(G&& g) : f(std::forward<G>(g)) {}
    void call() override { static_cast<void>(f()); }
    F f;
  };

  /// A lambda converts to bool as well, if it captures nothing, but is never empty.
  template <class F>
  static bool is_empty(const F& f) noexcept {
    if constexpr (std::is_pointer_v<F>)
      return f == nullptr;
    else if constexpr (std::constructible_from<bool, const F&> &&
                       !std::convertible_to<const F&, bool>)
      return !static_cast<bool>(f);
    else
      return false;
  }

  Body* body_ = nullptr;
};

TWILL_END
