#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>

#include <twill/mp/handle.hpp>
#include <twill/park/label.hpp>
#include <twill/queue/patience.hpp>
#include <twill/queue/queue_base.hpp>

TWILL_BEGIN
namespace mp {

struct QueueOptions {
  std::int64_t maxsize = 0;     ///< how many items it holds at most; zero and negative: what fits
  std::size_t bytes = 1 << 20;  ///< of memory for items, rounded up to a power of two; to 2 GiB
  std::string name = {};
};

namespace detail {

struct Block;

using twill::detail::Ending;
using twill::detail::Patience;

/// The first message, while it is borrowed.
struct Lent {
  std::span<std::byte> bytes;
  std::uint64_t after = 0;  ///< as Ring::Message::after
};

/// A queue between processes but for the type of its items.
class TWILL_API QueueCore {
 public:
  QueueCore(QueueOptions options, std::source_location made);
  /// The one of the process that started this one.
  explicit QueueCore(Arrival& from);
  QueueCore(const QueueCore&) = delete;
  QueueCore& operator=(const QueueCore&) = delete;
  ~QueueCore();
  /// Throws ValueError if this process closed it, RuntimeError if the descriptor of its memory was
  /// closed.
  void offer(Offer& to) const;

  /// Adds a message. ValueError if it is longer than longest().
  Ending put_message(std::span<const std::byte> message, Patience patience, const void* site);

  /// Gives the first message to `receive`, which copies it, and takes it out, also if that throws.
  using Receive = void (*)(void* to, std::span<const std::byte> message);
  Ending get_message(Receive receive, void* to, Patience patience, const void* site);

  /// Where a message of so many bytes is to be written; null unless `ending` is done. From then on
  /// the calling thread alone puts, until put_loan() or give_up_loan().
  std::byte* lend(std::size_t size, Patience patience, const void* site, Ending& ending);
  void put_loan(std::size_t size);
  /// In the child of a fork, whose parent has the loan: no effect.
  void give_up_loan() noexcept;

  /// The first message, which is to have `size` bytes: else it is dropped, and DecodeError. From
  /// then on the calling thread alone gets, until end_borrowing().
  Ending borrow(std::size_t size, Lent& lent, Patience patience, const void* site);
  /// In the child of a fork: no effect.
  void end_borrowing(const Lent& lent) noexcept;

  std::size_t size() const noexcept;
  std::size_t longest() const noexcept;
  std::int64_t maxsize() const noexcept { return maxsize_; }
  /// From now on this process has it no more, and what it calls throws ValueError, also what waits.
  void close() noexcept;
  void shutdown(bool immediate);
  /// How many messages were put and are not marked as done. Counts one that is got no less.
  std::uint32_t unfinished() const noexcept;
  void task_done(const void* site);
  bool join_within(Patience patience, const void* site) const;
  bool is_shutdown() const noexcept;
  std::string name() const { return label_.name("Queue"); }

  [[noreturn]] void throw_put(Ending ending, const void* site) const;
  [[noreturn]] void throw_get(Ending ending, const void* site) const;

 private:
  struct Shared;
  struct Memory;
  struct End;
  class Inside;

  template <class Attempt>
  Ending work_at(End& end, Patience patience, const void* site, Attempt&& attempt,
                 bool stays = false);
  template <class Enter>
  Ending wait_at(End& end, Block& block, const twill::detail::Subject& about,
                 const twill::detail::Limits& limits, Enter& enter);
  void need_open(const twill::detail::Subject& about) const;
  void need_room_for(std::size_t size, const void* site) const;
  std::byte* room_inside(std::size_t size) noexcept;
  void tell_all() noexcept;
  bool put_inside(std::span<const std::byte> message) noexcept;
  bool get_inside(Receive receive, void* to);
  bool finish_one() noexcept;
  twill::detail::Subject subject(const void* site) const noexcept;

  const std::int64_t maxsize_;
  Handle handle_;
  std::unique_ptr<Memory> memory_;
  twill::detail::Label label_;
};

}  // namespace detail
}  // namespace mp
TWILL_END
