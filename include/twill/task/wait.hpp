#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <ranges>
#include <stop_token>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/task/collector.hpp>
#include <twill/task/future.hpp>

TWILL_BEGIN
namespace detail {

template <class T>
inline constexpr bool is_future = false;
template <class T>
inline constexpr bool is_future<Future<T>> = true;

/// In their order, each once.
template <class T>
std::vector<Future<T>> distinct(std::vector<Future<T>> futures) {
  std::vector<std::pair<FutureCore*, std::size_t>> seen;
  for (std::size_t i = 0; i < futures.size(); ++i) seen.emplace_back(&futures[i].core(), i);
  std::sort(seen.begin(), seen.end());
  std::vector<bool> again(futures.size());
  for (std::size_t i = 1; i < seen.size(); ++i)
    again[seen[i].second] = seen[i].first == seen[i - 1].first;
  std::size_t i = 0;
  std::erase_if(futures, [&](const Future<T>&) { return again[i++]; });
  return futures;
}

template <class T>
std::vector<FutureCore*> cores_of(const std::vector<Future<T>>& futures) {
  std::vector<FutureCore*> cores;
  for (const Future<T>& future : futures) cores.push_back(&future.core());
  return cores;
}

}  // namespace detail

/// A range of futures of one type.
template <class R>
concept Futures = std::ranges::input_range<R> && detail::is_future<std::ranges::range_value_t<R>>;

namespace detail {

template <Futures R>
auto distinct_of(R&& range) {
  std::vector<std::ranges::range_value_t<R>> futures;
  for (auto&& future : range) futures.push_back(future);
  return distinct(std::move(futures));
}

}  // namespace detail

/// What wait() waits for.
enum class ReturnWhen : std::uint8_t {
  all_completed,    ///< every future is done
  first_completed,  ///< one is
  first_exception,  ///< one has an exception, or every future is done
};

struct WaitOptions {
  Timeout timeout = Timeout::never();
  ReturnWhen return_when = ReturnWhen::all_completed;
  std::stop_token stop = {};
};

/// Which futures were done as wait() looked, and which were not; in their order, each once.
template <class F>
struct Waited {
  std::vector<F> done;
  std::vector<F> not_done;
};

/// Blocks until the futures are done, or as many as asked for, or the time is over (Python's
/// concurrent.futures.wait). Nothing to wait for: answers at once. Throws CancelledError if stop
/// was requested first; DeadlockError, InterruptedError.
template <Futures R>
auto wait(R&& range, WaitOptions options = {}) {
  using F = std::ranges::range_value_t<R>;
  const Deadline deadline = options.timeout;
  const std::vector<F> futures = detail::distinct_of(range);
  {
    detail::Collector collector(detail::cores_of(futures),
                                options.return_when == ReturnWhen::all_completed);
    for (std::size_t left = futures.size(); left > 0; --left) {
      const auto index = collector.next(deadline, options.stop);
      if (!index || options.return_when == ReturnWhen::first_completed) break;
      if (options.return_when == ReturnWhen::first_exception && futures[*index].failed()) break;
    }
  }
  Waited<F> waited;
  for (const F& future : futures) (future.done() ? waited.done : waited.not_done).push_back(future);
  return waited;
}

/// The futures of a range as they are done; see as_completed().
template <class F>
class Completed {
 public:
  class iterator {
   public:
    using value_type = F;
    using difference_type = std::ptrdiff_t;

    const F& operator*() const noexcept { return all_->futures_[all_->at_]; }
    const F* operator->() const noexcept { return &**this; }
    iterator& operator++() { return all_->advance(), *this; }
    void operator++(int) { all_->advance(); }
    bool operator==(std::default_sentinel_t) const noexcept { return all_->left_ == 0; }

   private:
    friend class Completed;
    explicit iterator(Completed* all) noexcept : all_(all) {}
    Completed* all_;
  };

  /// Blocks for the first one, or goes on where it was left.
  iterator begin() {
    if (!has_one_) advance();
    return iterator(this);
  }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  template <Futures R>
  friend auto as_completed(R&& range, Timeout timeout, std::stop_token stop);

  Completed(std::vector<F> futures, Deadline deadline, std::stop_token stop)
      : futures_(std::move(futures)),
        left_(futures_.size()),
        deadline_(deadline),
        stop_(std::move(stop)),
        collector_(std::make_unique<detail::Collector>(detail::cores_of(futures_))) {}

  void advance() {
    if (std::exchange(has_one_, false)) --left_;
    if (left_ == 0) return;
    const auto next = collector_->next(deadline_, stop_);
    if (!next)
      throw TimeoutError(std::to_string(left_) + " of " + std::to_string(futures_.size()) +
                         " futures are not done in time");
    at_ = *next;
    has_one_ = true;
  }

  std::vector<F> futures_;
  std::size_t left_;
  std::size_t at_ = 0;
  bool has_one_ = false;
  Deadline deadline_;
  std::stop_token stop_;
  std::unique_ptr<detail::Collector> collector_;
};

template <Futures R>
auto wait(R&& range, Timeout timeout) {
  return wait(range, WaitOptions{.timeout = timeout});
}

/// The futures as they are done, those that are so already first, each once (Python's
/// concurrent.futures.as_completed):
///
///     for (const auto& future : twill::as_completed(futures, 5s)) use(future.result());
///
/// To step on blocks until the next one is done; TimeoutError if that takes longer than `timeout`,
/// counted from this call; CancelledError if stop was requested first. Not to be moved while it is
/// iterated over.
template <Futures R>
auto as_completed(R&& range, Timeout timeout = Timeout::never(), std::stop_token stop = {}) {
  using F = std::ranges::range_value_t<R>;
  const Deadline deadline = timeout;
  return Completed<F>(detail::distinct_of(range), deadline, std::move(stop));
}

TWILL_END
