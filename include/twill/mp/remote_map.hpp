#pragma once

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/remote_call.hpp>
#include <twill/task/parallel_map.hpp>

TWILL_BEGIN
namespace mp::detail {

/// What a piece takes: many times the way to another process and back.
inline constexpr std::int64_t kPieceTime = 500'000;

/// The elements of a range by their number. Those of a range that is stepped through only once are
/// copied.
template <class R>
class Elements {
  static constexpr bool kDirect =
      std::ranges::random_access_range<R> && std::ranges::sized_range<R>;

 public:
  using Value = std::ranges::range_value_t<R>;

  explicit Elements(R& range) : range_(range) {
    if constexpr (!kDirect)
      for (auto&& item : range) items_.push_back(std::forward<decltype(item)>(item));
  }
  std::size_t size() const {
    if constexpr (kDirect)
      return static_cast<std::size_t>(std::ranges::size(range_));
    else
      return items_.size();
  }
  decltype(auto) operator[](std::size_t i) const {
    if constexpr (kDirect)
      return std::ranges::begin(range_)[static_cast<std::ranges::range_difference_t<R>>(i)];
    else
      return items_[i];
  }

 private:
  R& range_;
  std::vector<Value> items_;
};

/// What a map knows of itself: where its pieces are made, and what failed of them.
struct MapWork {
  Workforce& workers;
  const std::vector<std::byte>& front;
  twill::detail::FirstFailure& failure;
  std::stop_token stop;
  const void* function;
};

/// A batch of the calls from `begin` on, as many as go on a desk, one at least unless the first
/// cannot be written: that one has failed then.
template <class F, class All>
Batch batch_of(const MapWork& map, const All& all, std::size_t& begin, std::size_t end) {
  Batch batch{type_name<F>(), map.front, 0, map.function};
  try {
    for (std::size_t i = begin; i < end && batch.bytes.size() < kDeskRoom / 2; ++i, ++batch.count)
      add_call<typename All::Value>(batch.bytes, all[i]);
  } catch (...) {
    if (batch.count == 0) map.failure.add(begin++, std::current_exception());
  }
  return batch;
}

/// Has workers make the calls from `begin` to `end`, and gives each answer to take(i, answers),
/// which may throw it. False if no worker can be had.
template <class F, class All, class Take>
bool make_piece(const MapWork& map, const All& all, std::size_t begin, std::size_t end,
                const Take& take) {
  while (begin < end) {
    const Batch batch = batch_of<F>(map, all, begin, end);
    if (batch.count == 0) continue;
    Answers answers;
    try {
      answers = map.workers.make(batch, Timeout::never(), map.stop);
    } catch (...) {
      map.failure.add(begin, std::current_exception());
      return false;
    }
    for (std::uint32_t n = answers.count(); n != 0; --n, ++begin) try {
        take(begin, answers);
      } catch (...) {
        map.failure.add(begin, std::current_exception());
      }
    if (answers.lost != nullptr) map.failure.add(begin++, answers.lost);
  }
  return true;
}

/// f(x) for each x of a range, by the workers that the caller and its crew wait for.
template <class F, class R, class Cutter>
auto remote_map(Workforce& workers, twill::detail::Crew& crew, F& f, R&& range, const Cutter& cut) {
  using Value = std::ranges::range_value_t<R>;
  using T = AnswerApart<F, Value>;
  (explain_callable<F>(), explain_argument<Value>());
  explain_answer<T>();
  const Elements<std::remove_reference_t<R>> all(range);
  const std::vector<std::byte> front = batch_front<F, Value>(f);
  twill::detail::FirstFailure failure;
  const MapWork map{workers, front, failure, twill::detail::Crew::stopping(crew.state()),
                    function_in(f)};
  const auto run = [&](auto&& preparation, const auto& take) {
    using twill::detail::Pieces;
    const std::size_t sharers = std::min(all.size(), static_cast<std::size_t>(crew.size()));
    Pieces pieces(all.size(), sharers, kPieceTime, preparation.ready(all.size()));
    const auto work = [&](Pieces& rest) {
      for (Pieces::Share share; rest.next(share);)
        if (cut() || !make_piece<F>(map, all, share.begin, share.end, take))
          return rest.drop_rest();
    };
    twill::detail::share_work(crew, sharers, pieces, work, preparation);
    failure.rethrow();
    cut.rethrow();
  };
  if constexpr (std::is_void_v<T>) {
    run(twill::detail::Prepared(), [](std::size_t, Answers& answers) { answers.take<void>(); });
  } else {
    twill::detail::Slots<T> slots(all.size());
    run(slots,
        [&](std::size_t i, Answers& answers) { slots.set(i, [&] { return answers.take<T>(); }); });
    return std::move(slots).taken();
  }
}

}  // namespace mp::detail
TWILL_END
