#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/task/callee.hpp>
#include <twill/task/fold.hpp>
#include <twill/task/fork.hpp>
#include <twill/task/parallel_map.hpp>

/// The standard's parallel algorithms on a pool: for_each, transform, reduce, transform_reduce;
/// sort has a header of its own.
///
///     twill::for_each(pool, pictures, sharpen);
///     double sum = twill::reduce(pool, prices, 0.0);
///
/// `pool` is a ThreadPool, a ThreadPoolExecutor or whatever has a crew(). The calling thread works
/// as well, unless the pool has an initializer. All block until the work is done, which no signal
/// and no deadlock ends; any thread may call them, tasks of the same pool too, at any depth.
/// Several threads call the callables, or copies of them. What was done before happens before the
/// calls, and these before what follows. RuntimeError for a pool that was shut down, unless one of
/// its own workers asks; BrokenThreadPool; bad_alloc.

TWILL_BEGIN
namespace detail {

/// What several threads may write to side by side: no bits.
template <class I>
concept Separate = !std::same_as<std::iter_reference_t<I>, std::vector<bool>::reference>;

/// A range whose elements can be reached in any order, and counted.
template <class R>
concept Shareable = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;

template <class R>
using ElementOf =
    std::conditional_t<std::ranges::forward_range<R>, std::ranges::range_reference_t<R>,
                       std::ranges::range_value_t<R>>;

template <Shareable R>
std::size_t size_of(R& range) {
  return static_cast<std::size_t>(std::ranges::size(range));
}

template <class I>
decltype(auto) element(const I& first, std::size_t i) {
  return first[static_cast<std::iter_difference_t<I>>(i)];
}

/// Where results go: the begin of a range, or an iterator.
template <class Out>
auto first_of(Out& out) {
  if constexpr (std::ranges::range<Out>)
    return std::ranges::begin(out);
  else
    return out;
}
template <class Out>
using FirstOf = decltype(first_of(std::declval<Out&>()));

template <class Out, class T>
concept TakesResults =
    std::random_access_iterator<FirstOf<Out>> && std::indirectly_writable<FirstOf<Out>, T> &&
    Separate<FirstOf<Out>> && (!std::ranges::range<Out> || std::ranges::sized_range<Out>);

/// An operation that makes one T of two, of which the second may still be an element.
template <class Op, class T, class Element>
concept Combines =
    std::movable<T> && std::convertible_to<Element, T> && std::invocable<Op&, T, T> &&
    std::convertible_to<std::invoke_result_t<Op&, T, T>, T>;

}  // namespace detail

/// f(x) for each x of a range, in no order. The range is what map() takes: of a forward range the
/// caller collects the iterators first, of an input range the elements. If calls throw, the others
/// are made nonetheless; then throws what the first of them, in order, threw.
template <detail::HasCrew Pool, FiniteRange R, class F>
  requires std::invocable<F&, detail::ElementOf<R>> && detail::Separate<std::ranges::iterator_t<R>>
void for_each(Pool& pool, R&& range, F&& f) {
  detail::Crew& crew = pool.crew();
  detail::work_at(crew, [&] {
    if constexpr (detail::Shareable<R>) {
      using Call = detail::Callee<std::remove_reference_t<F>, std::ranges::range_reference_t<R>>;
      const auto each = [first = std::ranges::begin(range), call = Call(f)](std::size_t i) {
        static_cast<void>(call(detail::element(first, i)));
      };
      detail::parallel_for(crew, detail::size_of(range), each);
    } else {
      const auto each = [&f](auto&& x) {
        static_cast<void>(std::invoke(f, std::forward<decltype(x)>(x)));
      };
      detail::parallel_map(crew, each, range);
    }
  });
}

/// out[i] = f(x) for each x of a range, in no order. `out` is a random access iterator, or a range
/// that is long enough, else ValueError; it may be the range itself, but overlap in no other way,
/// and no vector<bool>. If calls throw, the others are made nonetheless; then throws what the first
/// of them, in order, threw, and what should have been written there is as it was.
template <detail::HasCrew Pool, detail::Shareable R, class Out, class F>
  requires FiniteRange<R> && std::invocable<F&, std::ranges::range_reference_t<R>> &&
           detail::TakesResults<std::remove_reference_t<Out>,
                                std::invoke_result_t<F&, std::ranges::range_reference_t<R>>>
void transform(Pool& pool, R&& range, Out&& out, F&& f) {
  const std::size_t size = detail::size_of(range);
  if constexpr (std::ranges::range<Out>)
    if (detail::size_of(out) < size)
      throw ValueError("transform() of " + std::to_string(size) + " elements to a range of " +
                       std::to_string(detail::size_of(out)));
  detail::Crew& crew = pool.crew();
  using Call = detail::Callee<std::remove_reference_t<F>, std::ranges::range_reference_t<R>>;
  const auto each = [first = std::ranges::begin(range), to = detail::first_of(out),
                     call = Call(f)](std::size_t i) {
    detail::element(to, i) = call(detail::element(first, i));
  };
  detail::work_at(crew, [&] { detail::parallel_for(crew, size, each); });
}

/// op(init, op(op(f(x0), f(x1)), op(f(x2), ...))): the values f(x) of all elements x in their
/// order, each made a T first, combined two by two. `op` has to be associative, and need not be
/// commutative. Where the brackets are depends on the size of the range alone: for the same input
/// the answer is the same each time, to the last bit of a double, however many workers there are.
///
/// If something throws, what has not begun is left out, and throws one of what was thrown.
template <detail::HasCrew Pool, detail::Shareable R, class T, class Op, class F>
  requires FiniteRange<R> && std::invocable<F&, std::ranges::range_reference_t<R>> &&
           detail::Combines<Op, T, std::invoke_result_t<F&, std::ranges::range_reference_t<R>>>
T transform_reduce(Pool& pool, R&& range, T init, Op op, F f) {
  using Element = std::ranges::range_reference_t<R>;
  using Value = std::invoke_result_t<F&, Element>;
  constexpr bool is_there =
      std::is_lvalue_reference_v<Element> && std::is_lvalue_reference_v<Value>;
  using Got = std::conditional_t<is_there && std::same_as<std::remove_cvref_t<Value>, T>, Value, T>;
  const auto get = [first = std::ranges::begin(range),
                    call = detail::Callee<F, Element>(f)](std::size_t i) -> Got {
    return static_cast<Got>(call(detail::element(first, i)));
  };
  const auto combine = [call = detail::Callee<Op, T, T>(op)](auto&& a, auto&& b) -> T {
    return static_cast<T>(call(std::forward<decltype(a)>(a), std::forward<decltype(b)>(b)));
  };
  detail::Crew& crew = pool.crew();
  detail::work_at(crew, [&] {
    const std::size_t size = detail::size_of(range);
    if (size == 0) return;
    detail::Fold<T, decltype(get), decltype(combine)> fold(crew, size, get, combine);
    init = combine(std::move(init), fold.result());
  });
  return init;
}

/// The elements themselves, as by transform_reduce(): a sum by default.
template <detail::HasCrew Pool, detail::Shareable R, class T, class Op = std::plus<>>
  requires FiniteRange<R> && detail::Combines<Op, T, std::ranges::range_reference_t<R>>
T reduce(Pool& pool, R&& range, T init, Op op = {}) {
  return twill::transform_reduce(pool, std::forward<R>(range), std::move(init), std::move(op),
                                 std::identity());
}

TWILL_END
