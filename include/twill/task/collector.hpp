#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>

#include <twill/park/deadline.hpp>
#include <twill/task/future_core.hpp>

TWILL_BEGIN
namespace detail {

/// Hears of some futures, in the order in which they are done. For one thread at a time.
class TWILL_API Collector {
 public:
  /// `wants_all`: nobody goes on before all are done.
  explicit Collector(std::span<FutureCore* const> futures, bool wants_all = false);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// The index of the next one. Nothing, if it is not done before the deadline. Throws
  /// CancelledError if stop was requested first.
  std::optional<std::size_t> next(Deadline deadline, const std::stop_token& stop);

 private:
  struct Board;
  Board& board_;
};

}  // namespace detail
TWILL_END
