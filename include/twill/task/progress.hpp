#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <utility>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

struct ProgressOptions {
  std::string label = {};                   ///< stands before the bar; cut if it is long
  std::optional<std::uint64_t> total = {};  ///< how many there will be, if that is known
  std::string unit = {};  ///< what is counted, "frames"; stands behind the numbers
  int file = 2;           ///< a descriptor that is open as long as the bar; stderr
};

/// Shows how far something came, how fast, and how long it still takes:
///
///     twill::Progress bar({.label = "frames", .total = frames.size()});
///     for (Frame& frame : frames) render(frame), bar.advance();
///
///     frames  45% [##################......................] 450/1000, 36.7/s, ETA 0:15
///
/// On a terminal this is drawn at most ten times a second. The bars of several stand below each
/// other; one that ends stays as a line above those that go on. What print() writes to the same
/// terminal appears above all of them, in whole lines. What goes there by other ways (std::cout, a
/// child process) covers a bar until the next drawing.
///
/// Elsewhere, or if the environment variable TERM is not set or "dumb", it is a plain line, without
/// any escape code, after 1, 2, 4, 8, 16, 32 and 64 seconds, then once a minute, and at the end.
///
/// Nothing runs in the background: only advance() and the ends draw. An output that fails or takes
/// nothing is left alone. In the child of a fork the bar of the parent shows nothing. A process
/// that exits while it has bars leaves them on complete lines; one that a signal ends does not.
class TWILL_API Progress {
 public:
  /// Draws the bar, on a terminal. Blocks while a print() to that terminal does. Throws
  /// std::bad_alloc.
  explicit Progress(ProgressOptions options = {});

  /// Shows for the last time how far it came, on a line that is complete. Blocks at most while a
  /// print() to the same terminal does, and a second for an output that takes nothing. Nobody may
  /// call advance() any more.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `n` more are done; more than the total are shown as such. Never blocks; an atomic addition and
  /// a look at a clock, if no drawing is due. Any thread; relaxed order. Throws nothing.
  void advance(std::uint64_t n = 1);

  /// How many are done. Any thread; relaxed order.
  std::uint64_t count() const noexcept;

 private:
  struct Bar;
  std::unique_ptr<Bar> bar_;
};

/// The elements of a range, and a bar for how many of them are done with; see progress().
template <std::ranges::view V>
  requires std::ranges::input_range<V>
class ProgressRange {
 public:
  class iterator {
   public:
    using value_type = std::ranges::range_value_t<V>;
    using difference_type = std::ranges::range_difference_t<V>;
    using iterator_concept = std::input_iterator_tag;

    decltype(auto) operator*() const { return *at_; }
    iterator& operator++() {
      bar_->advance();
      ++at_;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& it, const std::ranges::sentinel_t<V>& end) {
      return it.at_ == end;
    }

   private:
    friend class ProgressRange;
    iterator(std::ranges::iterator_t<V> at, Progress* bar) : at_(std::move(at)), bar_(bar) {}
    std::ranges::iterator_t<V> at_;
    Progress* bar_;
  };

  /// What begin() and the steps of the range's own iterator do: they block and throw as those do.
  iterator begin() { return iterator(std::ranges::begin(range_), &bar_); }
  std::ranges::sentinel_t<V> end() { return std::ranges::end(range_); }

 private:
  template <std::ranges::viewable_range R>
    requires std::ranges::input_range<R>
  friend auto progress(R&& range, ProgressOptions options);

  ProgressRange(V range, ProgressOptions options)
      : range_(std::move(range)), bar_(counted(range_, std::move(options))) {}

  static ProgressOptions counted(V& range, ProgressOptions options) {
    if constexpr (std::ranges::sized_range<V>)
      if (!options.total) options.total = static_cast<std::uint64_t>(std::ranges::size(range));
    return options;
  }

  V range_;
  Progress bar_;
};

/// The elements of the range, one after the other, while a bar shows how many of them are done
/// with:
///
///     for (auto& frame : twill::progress(frames, {.label = "frames"})) render(frame);
///
/// Of an lvalue it refers to the elements, an rvalue it owns. The total is the size of the range,
/// if that is known in advance, or what the options say; without one there is no bar and no ETA. An
/// element counts when the loop steps on to the next, not one that it was left with.
template <std::ranges::viewable_range R>
  requires std::ranges::input_range<R>
auto progress(R&& range, ProgressOptions options = {}) {
  return ProgressRange<std::views::all_t<R>>(std::views::all(std::forward<R>(range)),
                                             std::move(options));
}

TWILL_END
