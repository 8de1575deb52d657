#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <iterator>
#include <limits>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <twill/platform/atomic.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/fork.hpp>
#include <twill/task/parallel_map.hpp>

TWILL_BEGIN
namespace detail {

/// A stable merge sort by a crew, whose merges are shared out as well: both runs are cut where the
/// middle of the longer one belongs (Cormen, Leiserson, Rivest and Stein, "Introduction to
/// Algorithms", 3rd edition, 27.3).
///
/// Elements lie in the range, `home`, or in a buffer, where an object lives only as long as it is
/// an element. Each step moves its elements from one of the two to the other, all of them, however
/// it ends: what is left of a merge whose comparison throws is moved unsorted, and so is everything
/// from there on. So the range has all its elements again before the exception is thrown.
template <class It, class Less>
class MergeSort {
  using T = std::iter_value_t<It>;

 public:
  MergeSort(Crew& crew, It home, std::size_t size, const Less& less)
      : crew_(crew),
        home_(home),
        size_(size),
        less_(less),
        leaf_(crew.is_explored() ? 1 : kLeaf),
        shares_(crew.size() == 1     ? kNever
                : crew.is_explored() ? 2
                                     : kShares) {}

  void run() {
    int levels = 0;  // even, so that the last one ends at home
    while (((size_ - 1) >> levels) >= leaf_) levels += 2;
    if (levels > 0) buffer_ = Buffer(std::allocator<T>().allocate(size_), Free{size_});
    sort<true>(0, size_, levels);
    failure_.rethrow();
  }

 private:
  static constexpr std::size_t kLeaf = std::is_trivially_copyable_v<T> ? 16 : 6;
  static constexpr std::size_t kShares = 4096;
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  struct Free {
    void operator()(T* buffer) const { std::allocator<T>().deallocate(buffer, size); }
    std::size_t size = 0;
  };
  using Buffer = std::unique_ptr<T, Free>;

  template <bool kHome>
  auto place(std::size_t i) const {
    if constexpr (kHome)
      return home_ + static_cast<std::iter_difference_t<It>>(i);
    else
      return buffer_.get() + i;
  }

  /// Two runs on one side, and where they are to be merged on the other. What is left of them when
  /// it ends is moved as it is.
  template <bool kHome>
  struct Runs {
    using From = std::conditional_t<kHome, T*, It>;
    using To = std::conditional_t<kHome, It, T*>;

    Runs(From first, From first_end, From second, From second_end, To to) noexcept
        : x(first), x_end(first_end), y(second), y_end(second_end), out(to) {}
    ~Runs() {
      move_all(x, x_end);
      move_all(y, y_end);
    }
    Runs(const Runs&) = delete;
    Runs& operator=(const Runs&) = delete;

    std::size_t size() const noexcept {
      return static_cast<std::size_t>((x_end - x) + (y_end - y));
    }
    void move_one(From from) noexcept {
      if constexpr (kHome) {
        *out = std::move(*from);
        std::destroy_at(from);
      } else {
        std::construct_at(out, std::move(*from));
      }
      ++out;
    }
    void move_all(From& from, From end) noexcept {
      if constexpr (kHome) {
        out = std::move(from, end, out);
        std::destroy(from, end);
      } else {
        out = std::uninitialized_move(from, end, out);
      }
      from = end;
    }

    From x, x_end, y, y_end;
    To out;
  };

  /// What has to be called once, whatever happens.
  template <class F>
  struct Once {
    Once(MergeSort& s, const F& g) noexcept : sorts(s), f(g) {}
    ~Once() {
      if (called) return;
      sorts.gives_up_.store(true, relaxed);  // what ended the thread might do so again
      f();
    }
    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;
    void operator()() {
      called = true;
      f();
    }
    MergeSort& sorts;
    const F& f;
    bool called = false;
  };

  /// step(), unless one has failed.
  template <class Step>
  void attempt(const Step& step) {
    if (gives_up_.load(relaxed)) return;
    try {
      step();
    } catch (...) {
      gives_up_.store(true, relaxed);
      if (std::current_exception() == nullptr) throw;  // pthread_exit()
      failure_.add(0, std::current_exception());
    }
  }

  template <class Left, class Right>
  void both(bool side_by_side, const Left& left, const Right& right) {
    Once<Left> first(*this, left);
    Once<Right> second(*this, right);
    if (side_by_side) return share(first, second);
    first();
    second();
  }
  template <class Left, class Right>
  void share(Left& left, Right& right) {
    try {
      in_parallel(crew_, left, right);
    } catch (...) {
      if (std::current_exception() == nullptr) throw;
      failure_.add(0, std::current_exception());
    }
  }

  /// Of elements at home. They end at home, or in the buffer.
  template <bool kHome>
  void sort(std::size_t begin, std::size_t size, int levels) {
    if constexpr (kHome)
      if (levels == 0) return attempt([&] { insert(begin, begin + size); });
    const std::size_t half = size / 2;
    const auto from = place<!kHome>(begin);
    const auto middle = place<!kHome>(begin + half);
    Runs<kHome> runs(from, middle, middle, place<!kHome>(begin + size), place<kHome>(begin));
    both(
        size >= shares_, [&] { sort<!kHome>(begin, half, levels - 1); },
        [&] { sort<!kHome>(begin + half, size - half, levels - 1); });
    merge(runs);
  }

  template <bool kHome>
  void merge(Runs<kHome>& runs) {
    if (runs.size() >= shares_ && runs.size() > 2) return merge_halves(runs);
    attempt([&] { merge_here(runs); });
  }

  template <bool kHome>
  void merge_halves(Runs<kHome>& runs) {
    auto [x, x_end, y, y_end] = std::tuple(runs.x, runs.x_end, runs.y, runs.y_end);
    auto x_cut = x, y_cut = y;
    attempt([&] {
      if (x_end - x >= y_end - y) {
        x_cut += (x_end - x) / 2;
        y_cut = std::partition_point(y, y_end, [&](T& each) { return less_(each, *x_cut); });
      } else {
        y_cut += (y_end - y) / 2;
        x_cut = std::partition_point(x, x_end, [&](T& each) { return !less_(*y_cut, each); });
      }
    });
    if (gives_up_.load(relaxed)) return;
    const auto out = runs.out;
    const auto out_cut = out + ((x_cut - x) + (y_cut - y));
    runs.x = x_end;
    runs.y = y_end;
    const auto merge_part = [this](auto... ends) {
      Runs<kHome> part(ends...);
      merge(part);
    };
    both(
        true, [&] { merge_part(x, x_cut, y, y_cut, out); },
        [&] { merge_part(x_cut, x_end, y_cut, y_end, out_cut); });
  }

  template <bool kHome>
  void merge_here(Runs<kHome>& given) {
    if (given.x == given.x_end || given.y == given.y_end) return;
    const Less less = less_;
    if (!less(*given.y, *std::prev(given.x_end))) return;
    Runs<kHome> runs(given.x, given.x_end, given.y, given.y_end, given.out);
    given.x = given.x_end;
    given.y = given.y_end;
    while (runs.x != runs.x_end && runs.y != runs.y_end) {
      const bool second = less(*runs.y, *runs.x);
      runs.move_one(second ? runs.y : runs.x);  // no branch: half of them would be mispredicted
      runs.y += second;
      runs.x += !second;
    }
  }

  /// The element that is taken out: back into the gap, wherever that is.
  struct Gap {
    explicit Gap(It at) : gap(at), value(std::move(*at)) {}
    ~Gap() { *gap = std::move(value); }
    Gap(const Gap&) = delete;
    Gap& operator=(const Gap&) = delete;
    It gap;
    T value;
  };

  void insert(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    const Less less = less_;
    const It first = place<true>(begin);
    const It last = place<true>(end);
    for (It at = std::next(first); at != last; ++at) {
      if (!less(*at, *std::prev(at))) continue;
      Gap taken(at);
      do {
        *taken.gap = std::move(*std::prev(taken.gap));
        --taken.gap;
      } while (taken.gap != first && less(taken.value, *std::prev(taken.gap)));
    }
  }

  Crew& crew_;
  const It home_;
  const std::size_t size_;
  const Less less_;
  const std::size_t leaf_;    ///< so many are inserted one by one
  const std::size_t shares_;  ///< so many are worth a task
  Buffer buffer_{nullptr};
  atomic<bool> gives_up_{false};
  FirstFailure failure_;
};

}  // namespace detail
TWILL_END
