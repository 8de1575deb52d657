#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <utility>

#include <twill/task/algorithms.hpp>
#include <twill/task/callee.hpp>
#include <twill/task/fork.hpp>
#include <twill/task/merge_sort.hpp>

TWILL_BEGIN
namespace detail {

/// comp(proj(a), proj(b))
template <class Comp, class Proj, class T>
class Before {
 public:
  Before(Comp& comp, Proj& proj) noexcept : comp_(comp), proj_(proj) {}
  bool operator()(T& a, T& b) const { return static_cast<bool>(comp_(proj_(a), proj_(b))); }

 private:
  using Key = std::invoke_result_t<Proj&, T&>;
  Callee<Comp, Key, Key> comp_;
  Callee<Proj, T&> proj_;
};

template <class It, class Less>
void merge_sort(Crew& crew, It first, std::size_t size, const Less& less) {
  if constexpr (std::contiguous_iterator<It> && !std::is_pointer_v<It>)
    merge_sort(crew, std::to_address(first), size, less);
  else
    MergeSort<It, Less>(crew, first, size, less).run();
}

/// What sort() takes: elements that can be moved, in memory, one beside the other or not.
template <class R, class Comp, class Proj>
concept Sortable =
    Shareable<R> && FiniteRange<R> && std::sortable<std::ranges::iterator_t<R>, Comp, Proj> &&
    std::same_as<std::ranges::range_reference_t<R>, std::ranges::range_value_t<R>&>;

}  // namespace detail

/// Sorts a range by comp(proj(a), proj(b)), which is less-than by default. Stable, as Python's:
/// equal elements keep their order.
///
///     twill::sort(pool, names);
///     twill::sort(pool, people, std::ranges::greater(), &Person::age);
///
/// A buffer of the same size is used for that time. Pools, threads and errors are as for the
/// algorithms of algorithms.hpp; several threads compare. If a comparison throws, throws one of
/// what was thrown, and the range has all its elements, in some order. If a move throws, the
/// program ends. See detail::MergeSort for the algorithm.
template <detail::HasCrew Pool, class R, class Comp = std::ranges::less, class Proj = std::identity>
  requires detail::Sortable<R, Comp, Proj>
void sort(Pool& pool, R&& range, Comp comp = {}, Proj proj = {}) {
  detail::Crew& crew = pool.crew();
  const detail::Before<Comp, Proj, std::ranges::range_value_t<R>> before(comp, proj);
  detail::work_at(crew, [&] {
    const std::size_t size = detail::size_of(range);
    if (size > 1) detail::merge_sort(crew, std::ranges::begin(range), size, before);
  });
}

/// The same, for who looks for it by this name.
template <detail::HasCrew Pool, class R, class Comp = std::ranges::less, class Proj = std::identity>
  requires detail::Sortable<R, Comp, Proj>
void stable_sort(Pool& pool, R&& range, Comp comp = {}, Proj proj = {}) {
  twill::sort(pool, std::forward<R>(range), std::move(comp), std::move(proj));
}

TWILL_END
