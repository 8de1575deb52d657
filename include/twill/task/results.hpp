#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <utility>

#include <twill/park/deadline.hpp>
#include <twill/platform/error.hpp>
#include <twill/queue/simple_queue.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/future.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN
namespace detail {

inline Timeout left_until(Deadline deadline) noexcept {
  if (deadline.is_never()) return Timeout::never();
  return std::chrono::nanoseconds(deadline.nanoseconds()) - Clock::now().time_since_epoch();
}

/// Where the results of a lazy map come from.
template <class T>
struct Stream {
  virtual ~Stream() = default;
  /// Submits the next element; nothing at the end of the input.
  virtual std::optional<Future<T>> submit() = 0;
};

/// Several ranges side by side, up to the end of the shortest. Stays where it was made.
template <class T, class Submit, class... Ranges>
struct Zipped final : Stream<T> {
  template <class... Given>
  explicit Zipped(Submit s, Given&&... given)
      : submit_one(std::move(s)), ranges(std::forward<Given>(given)...) {}

  std::optional<Future<T>> submit() override {
    if (!at) {
      std::apply([&](auto&... all) { at.emplace(std::ranges::begin(all)...); }, ranges);
    } else if (std::exchange(has_one, false)) {
      std::apply([](auto&... i) { (static_cast<void>(++i), ...); }, *at);
    }
    if (is_over(std::index_sequence_for<Ranges...>())) return std::nullopt;
    has_one = true;
    return std::apply([&](auto&... i) { return submit_one(*i...); }, *at);
  }
  template <std::size_t... I>
  bool is_over(std::index_sequence<I...>) {
    return (... || (std::get<I>(*at) == std::ranges::end(std::get<I>(ranges))));
  }

  Submit submit_one;
  std::tuple<Ranges...> ranges;
  std::optional<std::tuple<std::ranges::iterator_t<Ranges>...>> at;
  bool has_one = false;  ///< *at was submitted
};

}  // namespace detail

enum class Order : std::uint8_t {
  of_input,
  of_completion,
};

struct ResultsOptions {
  std::size_t buffer;  ///< so many elements are queued, running or unread at most
  Order order = Order::of_input;
  Deadline deadline = Deadline::never();
};

/// The results of a lazy map: an input range, to be read once, by one thread. To step on blocks
/// until the next result is there; to look at one throws what its call threw, CancelledError if it
/// was cancelled, or TimeoutError. What has not begun when the range is destroyed is cancelled.
/// Elements are the reader's to move out.
template <class T, bool Sized = false>
class Results {
 public:
  class iterator {
   public:
    using value_type = std::remove_cvref_t<T>;
    using difference_type = std::ptrdiff_t;

    /// Blocks until it is there.
    auto&& operator*() const
      requires(!std::is_void_v<T>)
    {
      return all_->value();
    }
    void operator*() const
      requires std::is_void_v<T>
    {
      all_->value();
    }
    iterator& operator++() { return all_->advance(), *this; }
    void operator++(int) { all_->advance(); }
    bool operator==(std::default_sentinel_t) const noexcept { return all_->is_over(); }

   private:
    friend class Results;
    explicit iterator(Results* all) noexcept : all_(all) {}
    Results* all_;
  };

  Results(std::unique_ptr<detail::Stream<T>> stream, ResultsOptions options, std::size_t size = 0)
      : stream_(std::move(stream)), options_(options), size_(size) {
    try {
      fill();
    } catch (...) {
      cancel_all();
      throw;
    }
  }
  Results(Results&& other) noexcept
      : stream_(std::move(other.stream_)),
        options_(other.options_),
        size_(other.size_),
        futures_(std::exchange(other.futures_, {})),
        done_(std::move(other.done_)),
        first_(std::exchange(other.first_, std::nullopt)),
        value_(std::move(other.value_)) {}
  Results& operator=(Results&& other) noexcept {
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  ~Results() { cancel_all(); }

  /// Goes on where it was left.
  iterator begin() noexcept { return iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }
  /// How many there are in all, read or not, if the input knew.
  std::size_t size() const noexcept
    requires Sized
  {
    return size_;
  }

 private:
  bool is_over() const noexcept { return !first_ && futures_.empty(); }

  void cancel_all() noexcept {
    if (first_) first_->cancel();
    for (Future<T>& future : futures_) future.cancel();
  }

  void fill() {
    while (stream_ != nullptr && futures_.size() < options_.buffer) {
      auto next = submitted();
      if (!next) return stream_.reset();
      futures_.push_back(std::move(*next));
      if (options_.order == Order::of_completion)
        futures_.back().add_done_callback([done = done_](Future<T>& future) { done->put(future); });
    }
  }
  /// An input that throws is over.
  std::optional<Future<T>> submitted() {
    try {
      return stream_->submit();
    } catch (...) {
      stream_.reset();
      throw;
    }
  }

  void advance() {
    first();
    first_.reset();
    value_.reset();
    fill();
  }

  /// The one that the range stands at.
  Future<T>& first() {
    if (first_) return *first_;
    if (options_.order == Order::of_input) {
      first_ = std::move(futures_.front());
      futures_.pop_front();
    } else {
      first_ = done_->try_get();
      if (!first_) {
        const detail::Absence absence;
        first_ = done_->try_get(detail::left_until(options_.deadline));
      }
      if (!first_) throw TimeoutError("no further result in time");
      std::erase(futures_, *first_);
    }
    return *first_;
  }

  decltype(auto) value() {
    if constexpr (!std::is_object_v<T>) {
      return first().result(detail::left_until(options_.deadline));
    } else {
      if (!value_) value_.emplace(std::move(first()).result(detail::left_until(options_.deadline)));
      return *value_;
    }
  }

  std::unique_ptr<detail::Stream<T>> stream_;
  ResultsOptions options_;
  std::size_t size_;
  std::deque<Future<T>> futures_;  ///< in the order of their submission
  std::shared_ptr<SimpleQueue<Future<T>>> done_ = std::make_shared<SimpleQueue<Future<T>>>();
  std::optional<Future<T>> first_;  ///< not among the others
  std::optional<detail::Kept<T>> value_;
};

namespace detail {

/// What submit_one(x...) makes of the elements of one or more ranges.
template <class Submit, class... Ranges>
auto lazy_results(ResultsOptions options, Submit submit_one, Ranges&&... ranges) {
  using Made = decltype(submit_one(std::declval<std::ranges::range_reference_t<Ranges>>()...));
  using T = typename Made::value_type;
  using Input = Zipped<T, decltype(submit_one), std::views::all_t<Ranges>...>;
  constexpr bool is_sized = (... && std::ranges::sized_range<Ranges>);
  std::size_t size = 0;
  if constexpr (is_sized) size = std::min({static_cast<std::size_t>(std::ranges::size(ranges))...});
  return Results<T, is_sized>(
      std::make_unique<Input>(std::move(submit_one),
                              std::views::all(std::forward<Ranges>(ranges))...),
      options, size);
}

/// f applied to the elements of one or more ranges, each call submitted by `submit(f, x...)`.
template <class Submit, class F, class... Ranges>
auto lazy_map(ResultsOptions options, Submit submit, F f, Ranges&&... ranges) {
  const auto shared = std::make_shared<Discardable<F>>(std::move(f));
  auto submit_one = [submit, shared](auto&&... values) {
    return submit([shared](auto&&... v) { return std::invoke(shared->value(), std::move(v)...); },
                  std::ranges::range_value_t<Ranges>(std::forward<decltype(values)>(values))...);
  };
  return lazy_results(options, std::move(submit_one), std::forward<Ranges>(ranges)...);
}

}  // namespace detail
TWILL_END
