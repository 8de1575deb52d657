#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <source_location>
#include <span>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/loan.hpp>
#include <twill/mp/queue_core.hpp>
#include <twill/mp/serialize.hpp>
#include <twill/queue/queue_face.hpp>

TWILL_BEGIN
namespace mp {

/// A queue between processes (Python's multiprocessing.Queue), with any number of them at both
/// ends. Make it before the fork (or pass it: start_method.hpp): parent and children then share it.
///
///     twill::mp::Queue<std::string> queue;
///     if (fork() == 0) { queue.put("hello");  _exit(0); }
///     twill::print("{}\n", queue.get());
///
/// The items lie, serialised, in memory that the processes share and that is reserved when the
/// queue is made. There is no thread behind it: when put() returns, the item is there for every
/// process, whatever becomes of the one that put it, and qsize() is exact. An item crosses to one
/// getter; if that is killed after it took the item, the item is gone with it. Who is killed at any
/// other instant leaves the queue whole. Items come in the order in which they were put.
///
/// Besides what twill::Queue throws: put() throws ValueError for an item that takes more than half
/// of the memory, and get() throws DecodeError for one that is none, which is then gone; both throw
/// PeerDied once no other process has the queue any more and nothing could end the wait, ValueError
/// after close(), and OSError as the constructor does, if there is no memory. Any thread of any
/// process may call anything, but the handle is not to be copied or moved. Memory ordering as
/// twill::Queue.
template <Sendable T>
class Queue : private detail::QueueCore, public twill::detail::QueueFace<Queue<T>, T> {
 public:
  explicit Queue(QueueOptions options = {},
                 std::source_location made = std::source_location::current())
      : QueueCore(std::move(options), made) {}

  /// Room for an item in the queue's memory, to make it where it will be read; nothing is copied.
  /// Blocks and throws as put().
  TWILL_INLINE Loan<T> loan(detail::Patience patience = {})
    requires Lendable<T>
  {
    return lend_at(patience, twill::detail::here(), false);
  }
  /// An empty Loan if there was no room before the time was over or stop was requested, or if the
  /// queue was shut down.
  TWILL_INLINE Loan<T> try_loan(Timeout timeout = std::chrono::seconds(0),
                                const std::stop_token& stop = {})
    requires Lendable<T>
  {
    return lend_at({timeout, stop}, twill::detail::here(), true);
  }
  /// The first item, to be read where it lies; it leaves the queue when the answer ends. Blocks and
  /// throws as get().
  TWILL_INLINE Borrowed<T> borrow(detail::Patience patience = {})
    requires Lendable<T>
  {
    return borrow_at(patience, twill::detail::here(), false);
  }
  /// An empty Borrowed if none came in time, stop was requested, or the queue was shut down and is
  /// empty.
  TWILL_INLINE Borrowed<T> try_borrow(Timeout timeout = std::chrono::seconds(0),
                                      const std::stop_token& stop = {})
    requires Lendable<T>
  {
    return borrow_at({timeout, stop}, twill::detail::here(), true);
  }

  /// How many items there are; exact, and old news by the time the caller looks at the answer.
  std::size_t qsize() const noexcept { return size(); }
  bool empty() const noexcept { return size() == 0; }
  /// Whether it holds maxsize items. One without maxsize may have no room for another item even so.
  bool full() const noexcept {
    return maxsize() > 0 && size() >= static_cast<std::size_t>(maxsize());
  }
  using QueueCore::maxsize;
  using QueueCore::name;
  /// This process is done with the queue: from now on all its threads' calls of put(), get(),
  /// join() and their like throw ValueError, also those that wait (one that waits for an end that
  /// is lent or borrowed, once that is given back). Other processes keep theirs;
  /// once only one has the queue, it hears of it as of a death (PeerDied). Children that are forked
  /// later have it closed as well. Never blocks; again: no effect.
  using QueueCore::close;
  /// No more puts, in all processes; as twill::Queue::shutdown(). With `immediate` it waits for an
  /// item that is borrowed.
  void shutdown(bool immediate = false) { QueueCore::shutdown(immediate); }
  using QueueCore::is_shutdown;

 protected:
  friend struct detail::Offering;
  explicit Queue(detail::Arrival& from) : QueueCore(from) {}
  using QueueCore::offer;

  using QueueCore::join_within;
  using QueueCore::task_done;
  using QueueCore::unfinished;

 private:
  using Ending = detail::Ending;
  using Patience = detail::Patience;
  using Bytes = std::span<const std::byte>;

  template <class Q, class U>
  friend class twill::detail::QueueFace;

  class Getting {
   public:
    Getting(Queue& queue, Patience patience, const void* site) {
      if constexpr (is_flat<T>) {
        ending_ = queue.get_message(
            [](void* to, Bytes from) {
              static_cast<std::optional<T>*>(to)->emplace(decode<T>(from));
            },
            &item_, patience, site);
      } else {
        std::vector<std::byte> bytes;
        ending_ = queue.get_message(
            [](void* to, Bytes from) {
              static_cast<std::vector<std::byte>*>(to)->assign(from.begin(), from.end());
            },
            &bytes, patience, site);
        if (ending_ == Ending::done) item_.emplace(decode<T>(bytes));
      }
    }
    Getting(const Getting&) = delete;
    Getting& operator=(const Getting&) = delete;

    Ending ending() const noexcept { return ending_; }
    T take() { return *std::move(item_); }
    std::optional<T> take_optional() { return std::move(item_); }

   private:
    std::optional<T> item_;
    Ending ending_;
  };

  Loan<T> lend_at(Patience patience, const void* site, bool tries)
    requires Lendable<T>
  {
    Ending ending = Ending::late;
    std::byte* const room = lend(sizeof(T), patience, site, ending);
    if (room != nullptr) return Loan<T>(*this, room);
    if (!tries) throw_put(ending, site);
    return {};
  }

  Borrowed<T> borrow_at(Patience patience, const void* site, bool tries)
    requires Lendable<T>
  {
    detail::Lent lent;
    const Ending ending = QueueCore::borrow(sizeof(T), lent, patience, site);
    if (ending == Ending::done) return Borrowed<T>(*this, lent);
    if (!tries) throw_get(ending, site);
    return {};
  }

  /// One copy, from the shared memory to where the caller wants it.
  T get_in_place(Patience patience, const void* site)
    requires is_flat<T> && std::is_trivially_default_constructible_v<T>
  {
    T item;
    const Ending ending = get_message([](void* to, Bytes from) { ::new (to) T(decode<T>(from)); },
                                      &item, patience, site);
    if (ending != Ending::done) [[unlikely]]
      throw_get(ending, site);
    return item;
  }

  Ending put_within(T& item, Patience patience, const void* site) {
    if constexpr (is_flat<T>) {
      return put_message(std::as_bytes(std::span(&item, 1)), patience, site);
    } else {
      std::vector<std::byte> bytes(encoded_size(item));
      encode(item, bytes);
      return put_message(bytes, patience, site);
    }
  }
};

}  // namespace mp
TWILL_END
