#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/park/deadline.hpp>
#include <twill/platform/atomic.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/pieces.hpp>
#include <twill/task/task_group.hpp>

TWILL_BEGIN

/// A range that somebody could come to the end of, as far as its type tells.
template <class R>
concept FiniteRange = std::ranges::input_range<R> &&
                      !std::same_as<std::ranges::sentinel_t<R>, std::unreachable_sentinel_t>;

namespace detail {

/// Of all that failed, what the first in order threw.
class FirstFailure {
 public:
  void add(std::size_t index, std::exception_ptr thrown) {
    const Hold hold(lock_);
    if (thrown_ != nullptr && index > index_) return;
    index_ = index;
    thrown_ = std::move(thrown);
  }
  void rethrow() const {
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  }

 private:
  Lock lock_;
  std::size_t index_ = 0;
  std::exception_ptr thrown_ = nullptr;
};

/// Before each element of a map: whether that and what follows it is dropped.
struct NoCut {
  constexpr bool operator()() const noexcept { return false; }
  void rethrow() const noexcept {}
};
class TWILL_API Cut {
 public:
  Cut(Deadline deadline, std::stop_token stop) noexcept
      : deadline_(deadline), stop_(std::move(stop)) {}

  bool operator()() const noexcept {
    if (is_over_.load(relaxed)) return true;
    if (!stop_.stop_requested() && !is_late()) return false;
    is_over_.store(true, relaxed);
    return true;
  }
  /// CancelledError or TimeoutError, if anything was dropped.
  void rethrow() const;
  [[noreturn]] void throw_timeout() const;
  Deadline deadline() const noexcept { return deadline_; }

 private:
  bool is_late() const noexcept {
    return !deadline_.is_never() &&
           Clock::now().time_since_epoch().count() >= deadline_.nanoseconds();
  }

  const Deadline deadline_;
  const std::stop_token stop_;
  mutable atomic<bool> is_over_{false};
};

/// f(x, y, ...) as a function of a tuple.
template <class F>
auto spread(F& f) {
  return [&f](auto&& x) -> decltype(auto) { return std::apply(f, std::forward<decltype(x)>(x)); };
}

/// A pool by its crew, for TaskGroup.
struct CrewRef {
  Crew& crew() const noexcept { return crew_; }
  Crew& crew_;
};

/// All that a map needs is there as it begins.
struct Prepared {
  constexpr std::size_t ready(std::size_t size) const noexcept { return size; }
  constexpr void go_on(Pieces&) noexcept {}
};

/// Has the caller and members of the crew, so many together, call work(pieces). While the crew
/// comes, the caller goes on with what has to be prepared for them.
template <class Work, class Preparation>
void share_work(Crew& crew, std::size_t sharers, Pieces& pieces, const Work& work,
                Preparation& preparation) {
  if (crew.is_explored()) preparation.go_on(pieces);
  CrewRef pool{crew};
  TaskGroup group(pool);
  for (std::size_t i = 1; i < sharers; ++i) group.run([&] { work(pieces); });
  preparation.go_on(pieces);
  work(pieces);
  group.wait();
}

/// Calls body(i) for all i below `size`, by the caller and the crew together. When all are done,
/// throws what the first one to fail, in order, threw.
template <class Body, class Cutter = NoCut, class Preparation = Prepared>
void parallel_for(Crew& crew, std::size_t size, const Body& body, const Cutter& cut = {},
                  Preparation&& preparation = {}) {
  const auto sharers = std::min(size, static_cast<std::size_t>(crew.size()));
  Pieces pieces(size, sharers, crew.is_explored() ? 0 : Pieces::kTime, preparation.ready(size));
  FirstFailure failure;
  const auto work = [&](Pieces& all) {
    const Body each = body;  // where no store can change it: plain loops become vectors
    Pieces::Share share;
    while (all.next(share)) {
      const std::size_t end = share.end;
      for (std::size_t i = share.begin; i < end; ++i) {
        try {
          for (; i < end; ++i) {
            if (cut()) return all.drop_rest();
            each(i);
          }
        } catch (...) {
          if (std::current_exception() == nullptr) throw;  // pthread_exit()
          failure.add(i, std::current_exception());
        }
      }
    }
  };
  share_work(crew, sharers, pieces, work, preparation);
  failure.rethrow();
  cut.rethrow();
}

/// Where the results of a map are put, each by its number.
template <class T>
class Slots {
  static constexpr bool kPlain = std::default_initializable<T> && !std::same_as<T, bool>;
  using Slot = std::conditional_t<kPlain, T, std::optional<T>>;
  /// What takes much longer is made while the crew comes.
  static constexpr std::size_t kAtOnce =
      std::is_trivially_default_constructible_v<Slot> ? 64 * 1024 / sizeof(Slot) + 1 : SIZE_MAX;

 public:
  explicit Slots(std::size_t size) : size_(size) {
    slots_.reserve(size);
    slots_.resize(std::min(size, kAtOnce));
    first_ = slots_.data();
  }
  template <class Make>
  void set(std::size_t i, Make&& make) {
    if constexpr (kPlain)
      first_[i] = make();
    else
      first_[i].emplace(make());
  }
  std::size_t ready(std::size_t) const noexcept { return slots_.size(); }
  void go_on(Pieces& pieces) noexcept {
    if constexpr (kAtOnce != SIZE_MAX)
      while (slots_.size() < size_) {
        slots_.resize(std::min(size_, slots_.size() + kAtOnce));
        pieces.set_ready(slots_.size());
      }
  }
  std::vector<T> taken() && {
    if constexpr (kPlain) {
      return std::move(slots_);
    } else {
      std::vector<T> all;
      all.reserve(slots_.size());
      for (Slot& each : slots_) all.push_back(*std::move(each));
      return all;
    }
  }

 private:
  const std::size_t size_;
  std::vector<Slot> slots_;
  Slot* first_ = nullptr;
};

/// The results of element(i) for all i below `size`, or nothing if they are void.
template <class Element, class Cutter>
auto parallel_collect(Crew& crew, std::size_t size, const Element& element, const Cutter& cut) {
  using T = std::remove_cvref_t<decltype(element(std::size_t{}))>;
  if constexpr (std::is_void_v<T>) {
    parallel_for(crew, size, element, cut);
  } else {
    Slots<T> slots(size);
    parallel_for(
        crew, size, [&](std::size_t i) { slots.set(i, [&] { return element(i); }); }, cut, slots);
    return std::move(slots).taken();
  }
}

/// f(x) for each x of a range, which is stepped through by the caller alone.
template <class F, FiniteRange R, class Cutter = NoCut>
auto parallel_map(Crew& crew, F& f, R&& range, const Cutter& cut = {}) {
  if constexpr (std::ranges::random_access_range<R> && std::ranges::sized_range<R>) {
    const auto first = std::ranges::begin(range);
    using Step = std::ranges::range_difference_t<R>;
    return parallel_collect(
        crew, static_cast<std::size_t>(std::ranges::size(range)),
        [&f, first](std::size_t i) -> decltype(auto) {
          return std::invoke(f, first[static_cast<Step>(i)]);
        },
        cut);
  } else if constexpr (std::ranges::forward_range<R>) {
    std::vector<std::ranges::iterator_t<R>> places;
    for (auto at = std::ranges::begin(range); at != std::ranges::end(range); ++at)
      places.push_back(at);
    return parallel_collect(
        crew, places.size(),
        [&](std::size_t i) -> decltype(auto) { return std::invoke(f, *places[i]); }, cut);
  } else {
    std::vector<std::ranges::range_value_t<R>> items;
    for (auto&& item : range) items.push_back(std::forward<decltype(item)>(item));
    return parallel_collect(
        crew, items.size(),
        [&](std::size_t i) -> decltype(auto) { return std::invoke(f, std::move(items[i])); }, cut);
  }
}

}  // namespace detail
TWILL_END
