#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/queue/blocks.hpp>
#include <twill/queue/disciplines.hpp>

TWILL_BEGIN
namespace detail {

/// Smallest first, and of equal ones the one that came first: a binary heap (Williams 1964; taking
/// out as in Floyd 1964: down along the smaller children to the bottom, then up). A comparison that
/// throws leaves everything in its place.
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
    Removal removal(*this);
    removal.sink();
    T item(std::move(as_entry(removal.first).item));
    removal.done = true;
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

  static Entry& as_entry(Cell& cell) noexcept {
    if constexpr (kMovesSafely<T>)
      return cell;
    else
      return *cell;
  }
  Entry& entry(std::size_t i) noexcept { return as_entry(cells_[i]); }

  Cell make(T&& item) {
    if constexpr (!kMovesSafely<T>)
      return std::unique_ptr<Entry>(new Entry{std::move(item), next_++});
    else if constexpr (kOrdered)
      return Entry{std::move(item), next_++};
    else
      return Entry{std::move(item)};
  }

  /// That two differ is what a processor learns to expect, and what is left then needs no jump.
  /// GCC 12 makes two jumps of a <=> where it makes none of a <.
  static bool less(const Entry& a, const Entry& b) {
    if constexpr (!kOrdered) {
      return a.item < b.item;
    } else if constexpr (std::three_way_comparable<T, std::strong_ordering>) {
      const bool smaller = a.item < b.item;
      if (a.item == b.item) [[unlikely]]
        return a.number < b.number;
      return smaller;
    } else if constexpr (requires { a.item <=> b.item; }) {
      const auto order = a.item <=> b.item;
      if (order == 0) [[unlikely]]
        return a.number < b.number;
      return order < 0;
    } else {
      return a.item < b.item || (!(b.item < a.item) && a.number < b.number);
    }
  }

  /// Moves the cell `from` up to its ancestor's place `to`.
  void lift(std::size_t from, std::size_t to) noexcept {
    if (from == to) return;
    Cell cell = std::move(cells_[from]);
    for (; from != to; from = parent(from)) cells_[from] = std::move(cells_[parent(from)]);
    cells_[to] = std::move(cell);
  }

  /// Takes the first cell out, and the last to fill the hole. Unless it is done in the end, all
  /// that moved on the way goes back.
  struct Removal {
    explicit Removal(Heap& from) noexcept
        : heap(from), first(std::move(from.cells_.front())), last(std::move(from.cells_.back())) {}
    Removal(const Removal&) = delete;
    Removal& operator=(const Removal&) = delete;

    void move_hole(std::size_t to) noexcept {
      heap.cells_[hole] = std::move(heap.cells_[to]);
      hole = to;
    }

    /// Leads the hole to where the last cell belongs.
    void sink() {
      const std::size_t end = heap.cells_.size() - 1;
      for (std::size_t child = 1; child < end; child = 2 * hole + 1) {
        if (child + 1 < end) child += less(heap.entry(child + 1), heap.entry(child)) ? 1 : 0;
        move_hole(child);
      }
      while (hole > 0 && less(as_entry(last), heap.entry(parent(hole)))) move_hole(parent(hole));
    }

    ~Removal() {
      if (done) {
        heap.cells_[hole] = std::move(last);
        heap.cells_.pop_back();
        shrink(heap.cells_);
      } else {
        while (hole > 0) move_hole(parent(hole));
        heap.cells_.back() = std::move(last);
        heap.cells_.front() = std::move(first);  // the same cell, if it is the only one
      }
    }

    Heap& heap;
    Cell first;
    Cell last;
    std::size_t hole = 0;
    bool done = false;
  };

  std::vector<Cell, BlockAllocator<Cell>> cells_;
  std::uint64_t next_ = 0;
};

}  // namespace detail
TWILL_END
