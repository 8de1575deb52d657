#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <twill/task/crew.hpp>
#include <twill/task/fork.hpp>
#include <twill/task/grain.hpp>

TWILL_BEGIN
namespace detail {

/// op(...op(op(get(0), get(1)), get(2))..., get(size - 1)), with brackets in another way: halves of
/// halves, down to leaves that are a small part of the whole. Where the brackets are depends on the
/// size alone, so that rounding is the same each time; and sums of many numbers are more exact
/// (pairwise summation: Higham, "The Accuracy of Floating Point Summation", 1993).
template <class T, class Get, class Op>
class Fold {
 public:
  Fold(Crew& crew, std::size_t size, const Get& get, const Op& op)
      : crew_(crew),
        size_(size),
        leaf_(std::clamp<std::size_t>(size / kLeaves, 1, kLongest)),
        get_(get),
        op_(op),
        grain_(!crew.is_explored()) {}

  /// For a size of 1 at least.
  T result() { return shared(0, size_); }

 private:
  static constexpr std::size_t kLeaves = 512;   // of a short range: each may be worth a task
  static constexpr std::size_t kLongest = 512;  // leaf

  T shared(std::size_t begin, std::size_t size) {
    if (size <= leaf_ || crew_.size() == 1 || !grain_.is_worth_a_cut(size)) {
      const Grain::Measure measure(grain_, size);
      return alone(begin, size);
    }
    const std::size_t half = size / 2;
    std::optional<T> left;
    std::optional<T> right;
    auto do_left = [&] { left.emplace(shared(begin, half)); };
    auto do_right = [&] { right.emplace(shared(begin + half, size - half)); };
    in_parallel(crew_, do_left, do_right);
    return op_(*std::move(left), *std::move(right));
  }

  T alone(std::size_t begin, std::size_t size) const {
    if (size <= leaf_) return straight(begin, size);
    const std::size_t half = size / 2;
    T left = alone(begin, half);
    return op_(std::move(left), alone(begin + half, size - half));
  }

  /// By fours, since each operation would wait for the one before.
  T straight(std::size_t begin, std::size_t size) const {
    const auto get = get_;
    const auto op = op_;
    const std::size_t end = begin + size;
    T all = get(begin++);
    for (; end - begin >= 4; begin += 4)
      all = op(std::move(all), op(op(static_cast<T>(get(begin)), get(begin + 1)),
                                  op(static_cast<T>(get(begin + 2)), get(begin + 3))));
    for (; begin != end; ++begin) all = op(std::move(all), get(begin));
    return all;
  }

  Crew& crew_;
  const std::size_t size_;
  const std::size_t leaf_;
  const Get get_;
  const Op op_;
  Grain grain_;
};

}  // namespace detail
TWILL_END
