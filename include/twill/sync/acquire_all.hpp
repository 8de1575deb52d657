#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

#include <twill/park/deadline.hpp>
#include <twill/platform/thread_safety.hpp>

TWILL_BEGIN
namespace detail {

/// Gives the processor away for a moment that grows with `round`: of two that step back from each
/// other, one comes first.
TWILL_API void step_back(unsigned round) noexcept;

/// Those of some locks that are taken, which it lets go at the end unless they are kept.
template <class... L>
struct Taken {
  explicit Taken(std::tuple<L&...>& all) noexcept : locks(all) {}
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() { let_go(std::index_sequence_for<L...>()); }

  template <std::size_t... I>
  void let_go(std::index_sequence<I...>) TWILL_NO_THREAD_SAFETY_ANALYSIS {
    ((is_taken[I] ? std::get<I>(locks).unlock() : void()), ...);
  }

  /// Waits for number `first` and tries the others. True if all are taken; if not, `failed` is the
  /// one that was not to be had.
  template <std::size_t... I>
  bool take(std::size_t first, std::size_t& failed,
            std::index_sequence<I...>) TWILL_NO_THREAD_SAFETY_ANALYSIS {
    ((I == first ? (std::get<I>(locks).lock(), is_taken[I] = true) : false), ...);
    return ((is_taken[I] || (is_taken[I] = std::get<I>(locks).try_lock()) || (failed = I, false)) &&
            ...);
  }

  /// They are the caller's from here on.
  void keep() noexcept { is_taken.fill(false); }

  std::tuple<L&...>& locks;
  std::array<bool, sizeof...(L)> is_taken{};
};

template <class Locks, std::size_t... I>
void with_lock(Locks& locks, std::size_t which, auto&& action, std::index_sequence<I...>) {
  ((I == which ? action(std::get<I>(locks)) : void()), ...);
}

[[noreturn]] TWILL_API void throw_given_twice(const std::string& name);

/// A lock that is its own neighbour would be tried for ever.
inline constexpr auto refuse_twice = [](const auto& lock) {
  if constexpr (requires { throw_given_twice(lock.name()); })
    throw_given_twice(lock.name());
  else
    throw_given_twice("a lock");
};

template <class Locks, std::size_t... I>
const void* address_of(Locks& locks, std::size_t which, std::index_sequence<I...>) noexcept {
  const void* address = nullptr;
  ((I == which ? void(address = __builtin_addressof(std::get<I>(locks))) : void()), ...);
  return address;
}

}  // namespace detail

/// Holds several locks for a scope; made by acquire_all(). Its end lets all of them go.
template <class... L>
class [[nodiscard]] HoldAll {
 public:
  explicit HoldAll(std::tuple<L&...> locks) noexcept : locks_(locks) {}
  ~HoldAll() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    std::apply([](L&... lock) TWILL_NO_THREAD_SAFETY_ANALYSIS { (lock.unlock(), ...); }, locks_);
  }
  HoldAll(const HoldAll&) = delete;
  HoldAll& operator=(const HoldAll&) = delete;

 private:
  std::tuple<L&...> locks_;
};

/// Takes any number of different locks without a deadlock, whatever the order in which others take
/// them: it blocks for one of them only while it holds none. If another cannot be had, it lets go
/// of all, waits for that one and tries again, after a step back that grows, so that two of a kind
/// do not run into each other for ever. RuntimeError if a lock that is not recursive is given
/// twice; what a lock() or try_lock() throws, with none of them held. Any thread; memory ordering
/// is that of the locks. (H. Hinnant, "Dining Philosophers Rebooted", 2015: "smart and polite".)
///
///     auto both = twill::acquire_all(left_fork, right_fork);
template <class... L>
HoldAll<L...> acquire_all(L&... locks) TWILL_NO_THREAD_SAFETY_ANALYSIS {
  constexpr auto kEach = std::index_sequence_for<L...>();
  std::tuple<L&...> all(locks...);
  std::size_t first = 0;
  for (unsigned round = 0;; ++round) {
    std::size_t failed = 0;
    {
      detail::Taken<L...> taken(all);
      if (taken.take(first, failed, kEach)) {
        taken.keep();
        return HoldAll<L...>(all);
      }
    }
    if (detail::address_of(all, first, kEach) == detail::address_of(all, failed, kEach))
      detail::with_lock(all, first, detail::refuse_twice, kEach);
    first = failed;
    detail::step_back(round);
  }
}

TWILL_END
