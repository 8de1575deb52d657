#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include <twill/task/crew.hpp>

TWILL_BEGIN
namespace detail {

/// A callable, for a loop: a copy of its own where nobody can tell, so that what it captured stays
/// in registers; else a reference to the one that all share.
template <class F, class... Args>
class Callee {
  static constexpr bool kCopied = std::is_trivially_copyable_v<F> &&
                                  sizeof(std::decay_t<F>) <= 64 &&
                                  std::is_invocable_v<const F&, Args...>;

 public:
  explicit Callee(F& f) noexcept : f_(f) {}
  template <class... Given>
  constexpr decltype(auto) operator()(Given&&... given) const
      noexcept(noexcept(std::invoke(f_, std::forward<Given>(given)...))) {
    return std::invoke(f_, std::forward<Given>(given)...);
  }

 private:
  std::conditional_t<kCopied, const F, F&> f_;
};

}  // namespace detail
TWILL_END
