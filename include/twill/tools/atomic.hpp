#pragma once

#include <atomic>
#include <concepts>

#include <twill/tools/shared.hpp>

TWILL_BEGIN

/// A std::atomic whose operations an exploration sees: each is one step, at which the thread may
/// change. All of them are sequentially consistent, in an exploration and outside; they order what
/// was done before and after, and are never a data race.
template <class T>
class Atomic {
 public:
  /// `name` heads the variable's column; it must live as long as the variable.
  explicit Atomic(T value = T(), const char* name = "atomic") : cell_(name), value_(value) {}

  TWILL_INLINE T load() const { return loaded(detail::here()); }
  TWILL_INLINE operator T() const { return loaded(detail::here()); }
  TWILL_INLINE void store(T value) { exchanged(value, detail::here()); }
  TWILL_INLINE T operator=(T value) { return exchanged(value, detail::here()), value; }
  TWILL_INLINE T exchange(T value) { return exchanged(value, detail::here()); }

  /// Makes it `desired` if it is `expected`, and answers whether; if not, `expected` is what it
  /// was.
  TWILL_INLINE bool compare_exchange(T& expected, T desired) {
    const bool telling = cell_.uses(Use::modify, detail::here());
    const T before = expected;
    const bool done = value_.compare_exchange_strong(expected, desired);
    if (!done || before == desired) cell_.unchanged();
    return tell(telling), done;
  }

  /// Answer what it was before.
  TWILL_INLINE T fetch_add(T n)
    requires std::integral<T>
  {
    return added(n, detail::here());
  }
  TWILL_INLINE T fetch_sub(T n)
    requires std::integral<T>
  {
    return added(static_cast<T>(T() - n), detail::here());
  }
  /// Answer what it is afterwards.
  TWILL_INLINE T operator++()
    requires std::integral<T>
  {
    return static_cast<T>(added(T(1), detail::here()) + T(1));
  }
  TWILL_INLINE T operator--()
    requires std::integral<T>
  {
    return static_cast<T>(added(static_cast<T>(T() - T(1)), detail::here()) - T(1));
  }

 private:
  using Use = detail::SharedCell::Use;

  T loaded(const void* site) const {
    const bool telling = cell_.uses(Use::load, site);
    return tell(telling);
  }
  T exchanged(T value, const void* site) {
    const bool telling = cell_.uses(Use::modify, site);
    const T before = value_.exchange(value);
    if (before == value) cell_.unchanged();
    return tell(telling), before;
  }
  T added(T n, const void* site) {
    const bool telling = cell_.uses(Use::modify, site);
    const T before = value_.fetch_add(n);
    return tell(telling), before;
  }
  T tell(bool telling) const {
    const T now = value_.load();
    if (telling) [[unlikely]]
      cell_.done(&now, detail::text_of<T>);
    return now;
  }

  detail::SharedCell cell_;
  std::atomic<T> value_;
};

template <class T>
Atomic(T, const char*) -> Atomic<T>;

TWILL_END
