#pragma once

#include <compare>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// Something with a number, compared by the number alone: smaller is more urgent.
template <class T, class Number = int>
struct Prioritized {
  Number priority;
  T item;

  friend constexpr bool operator<(const Prioritized& a, const Prioritized& b) {
    return a.priority < b.priority;
  }
  friend constexpr auto operator<=>(const Prioritized& a, const Prioritized& b)
    requires std::three_way_comparable<Number>
  {
    return a.priority <=> b.priority;
  }
};

template <class Number, class T>
Prioritized(Number, T) -> Prioritized<T, Number>;

TWILL_END
