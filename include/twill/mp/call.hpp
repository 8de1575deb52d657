#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <twill/mp/crossing.hpp>
#include <twill/thread/target.hpp>

TWILL_BEGIN
namespace mp {

/// f(args...), to be called in other processes of this program, as often as they like. What cannot
/// cross is a compile error: f is a function, a lambda without captures, or an object that can be
/// sent, as are the arguments.
class Call {
 public:
  template <class F, class... Args>
    requires(twill::detail::Startable<F, Args...> && !std::same_as<std::remove_cvref_t<F>, Call>)
  Call(F&& f, Args&&... args)
      : crossing_(detail::crossing_of<Spawn, std::decay_t<F>, std::decay_t<Args>...>(f, args...)) {}

  const detail::Crossing& crossing() const noexcept { return crossing_; }

 private:
  detail::Crossing crossing_;
};

}  // namespace mp
TWILL_END
