#include <twill/task/collector.hpp>

#include <optional>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/task/crew.hpp>

#include "park/word_lock.hpp"

TWILL_BEGIN
namespace detail {

/// Lives until the collector is gone and every future has told or forgotten it.
struct Collector::Board {
  struct Ear final : Listener {
    FutureCore* hear(FutureCore&) noexcept override {
      {
        const WordLock::Guard guard(board->lock);
        board->heard.push_back(index);
      }
      board->news.release();
      board->drop();
      return nullptr;
    }

    Board* board = nullptr;
    FutureCore* future = nullptr;
    std::size_t index = 0;
  };

  Board(std::size_t futures, bool all) : wants_all(all), ears(futures) { heard.reserve(futures); }
  void drop() noexcept {
    if (users.fetch_sub(1, acq_rel) == 1) delete this;
  }

  const bool wants_all;
  std::vector<Ear> ears;
  atomic<std::size_t> users{1};
  WordLock lock;
  /// Does what a caller who works for the same crew may do of it, until one is done.
  void help() {
    for (; !has_news() && helped < ears.size(); ++helped) ears[helped].future->help();
  }
  bool has_news() noexcept {
    const WordLock::Guard guard(lock);
    return told < heard.size();
  }

  std::vector<std::size_t> heard;  ///< never grows beyond what it was made for
  // The collector's:
  std::size_t told = 0;
  std::size_t helped = 0;  ///< of the ears, from the first
  Semaphore news{0, {"futures"}};
};

Collector::Collector(std::span<FutureCore* const> futures, bool wants_all)
    : board_(*new Board(futures.size(), wants_all)) {
  board_.users.store(futures.size() + 1, relaxed);
  for (std::size_t i = 0; i < futures.size(); ++i) {
    Board::Ear& ear = board_.ears[i];
    ear.board = &board_;
    ear.future = futures[i];
    ear.index = i;
    ear.future->keep();
    ear.future->add(ear);
  }
}

Collector::~Collector() {
  for (Board::Ear& ear : board_.ears) {
    if (ear.future->remove(ear)) board_.drop();
    ear.future->drop();
  }
  board_.drop();
}

std::optional<std::size_t> Collector::next(Deadline deadline, const std::stop_token& stop) {
  const Timeout left = deadline.is_never()
                           ? Timeout::never()
                           : Timeout(std::chrono::nanoseconds(deadline.nanoseconds()) -
                                     Clock::now().time_since_epoch());
  if (board_.wants_all && deadline.is_never() && !stop.stop_possible()) board_.help();
  std::optional<Absence> absence;
  if (!board_.has_news()) absence.emplace();
  if (!board_.news.try_acquire(left, stop)) {
    if (stop.stop_requested())
      throw CancelledError("stop was requested while futures were awaited");
    return std::nullopt;
  }
  const WordLock::Guard guard(board_.lock);
  return board_.heard[board_.told++];
}

}  // namespace detail
TWILL_END
