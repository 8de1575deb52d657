#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/queue/blocks.hpp>

TWILL_BEGIN
namespace detail {

template <class T>
inline constexpr bool kMovesSafely =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

/// Gives memory back once three quarters of it lie idle.
template <class Container>
void shrink(Container& container) noexcept {
  constexpr std::size_t kWorthwhile = 4096;
  if (container.capacity() < kWorthwhile || container.size() > container.capacity() / 4) return;
  try {
    Container smaller;
    smaller.reserve(container.size() * 2);
    for (auto& item : container) smaller.push_back(std::move(item));
    container.swap(smaller);
  } catch (...) {  // no memory: it stays as it is
  }
}

/// First in, first out.
template <class T>
class Fifo {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T pop() {
    T item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

 private:
  std::deque<T> items_;
};

/// Last in, first out. A vector moves its items when it grows; where that may throw, a deque, which
/// never does.
template <class T>
class Stack {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T pop() {
    T item(std::move(items_.back()));
    items_.pop_back();
    if constexpr (kMovesSafely<T>) shrink(items_);
    return item;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

 private:
  std::conditional_t<kMovesSafely<T>, std::vector<T, BlockAllocator<T>>, std::deque<T>> items_;
};

/// Smallest first, and of equal ones the one that came first: a binary heap (Williams 1964; taking
/// out as in Floyd 1964: down along the smaller children to the bottom, then up). All comparisons
/// of an operation come before its first move, so that one that throws leaves everything in its
/// place.
template <class T>
class Heap {
 public:
  void push(T&& item) {
    if (cells_.size() == cells_.capacity()) cells_.reserve(cells_.size() * 2 + 16);
    std::size_t at = cells_.size();
    while (at > 0 && item < entry(parent(at)).item) at = parent(at);  // of equals, the last
    cells_.push_back(make(std::move(item)));
    lift(cells_.size() - 1, at);
  }

  T pop() {
    const std::size_t last = cells_.size() - 1;
    const std::size_t hole = last == 0 ? 0 : place_of_last();
    T item(std::move(entry(0).item));
    if (last != 0) fill(hole);
    cells_.pop_back();
    shrink(cells_);
    return item;
  }

  std::size_t size() const noexcept { return cells_.size(); }
  void clear() noexcept { cells_.clear(); }

 private:
  /// Where equal items are indistinguishable, their order does not matter.
  static constexpr bool kOrdered = !std::is_arithmetic_v<T> && !std::is_pointer_v<T>;
  struct Numbered {
    T item;
    std::uint64_t number;
  };
  struct Plain {
    T item;
  };
  using Entry = std::conditional_t<kOrdered, Numbered, Plain>;
  using Cell = std::conditional_t<kMovesSafely<T>, Entry, std::unique_ptr<Entry>>;

  static constexpr std::size_t parent(std::size_t i) noexcept { return (i - 1) / 2; }

  Entry& entry(std::size_t i) noexcept {
    if constexpr (kMovesSafely<T>)
      return cells_[i];
    else
      return *cells_[i];
  }

  Cell make(T&& item) {
    if constexpr (!kMovesSafely<T>)
      return std::unique_ptr<Entry>(new Entry{std::move(item), next_++});
    else if constexpr (kOrdered)
      return Entry{std::move(item), next_++};
    else
      return Entry{std::move(item)};
  }

  static bool less(const Entry& a, const Entry& b) {
    if constexpr (!kOrdered)
      return a.item < b.item;
    else if (a.item < b.item)
      return true;
    else
      return !(b.item < a.item) && a.number < b.number;
  }

  /// Moves the cell `from` up to its ancestor's place `to`.
  void lift(std::size_t from, std::size_t to) noexcept {
    if (from == to) return;
    Cell cell = std::move(cells_[from]);
    for (; from != to; from = parent(from)) cells_[from] = std::move(cells_[parent(from)]);
    cells_[to] = std::move(cell);
  }

  /// Where the last cell has to go once the first is out, on the way of the smaller children.
  std::size_t place_of_last() {
    const std::size_t last = cells_.size() - 1;
    std::size_t hole = 0;
    for (std::size_t child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last) child += less(entry(child + 1), entry(child)) ? 1 : 0;
      hole = child;
    }
    while (hole > 0 && less(entry(last), entry(hole))) hole = parent(hole);
    return hole;
  }

  /// Fills the first place along the way that leads to `hole`, and `hole` with the last cell.
  void fill(std::size_t hole) noexcept {
    Cell carried = std::move(cells_.back());
    for (;; hole = parent(hole)) {
      std::swap(carried, cells_[hole]);
      if (hole == 0) return;
    }
  }

  std::vector<Cell, BlockAllocator<Cell>> cells_;
  std::uint64_t next_ = 0;
};

}  // namespace detail
TWILL_END
