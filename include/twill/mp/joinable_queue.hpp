#pragma once

#include <cstdint>
#include <stop_token>

#include <twill/mp/queue.hpp>
#include <twill/platform/here.hpp>

TWILL_BEGIN
namespace mp {

/// A Queue between processes that counts what is not done yet (Python's
/// multiprocessing.JoinableQueue): who took an item by get() says so with task_done(), and join()
/// waits until all that was put is done.
///
/// If a process is killed between get() and task_done(), its item is not done, and nobody else can
/// tell that it ever will be: join() goes on waiting, until some other process calls task_done()
/// for it, and throws PeerDied once no other process has the queue any more.
template <Sendable T>
class JoinableQueue : public Queue<T> {
 public:
  using Queue<T>::Queue;

  /// Tells that an item taken by get() has been dealt with. What was done before happens before the
  /// join() that it lets go on. More calls than items put: ValueError, and nothing changes. Never
  /// blocks; any thread of any process.
  void task_done() { Queue<T>::task_done(twill::detail::here()); }

  /// Blocks until every item that was put has been marked by task_done(), or was discarded by a
  /// shutdown; returns at once if there is none. Any number of threads and processes may join, and
  /// join again. Throws PeerDied, InterruptedError.
  void join() { this->join_within({}, twill::detail::here()); }
  /// False if the time came first.
  bool join(Timeout timeout) { return this->join_within(timeout, twill::detail::here()); }
  /// Throws CancelledError if stop was requested first.
  void join(const std::stop_token& stop) { this->join_within(stop, twill::detail::here()); }

  /// How many items were put and are not marked yet; old news when it is looked at.
  std::uint32_t unfinished_tasks() const noexcept { return this->unfinished(); }

 private:
  friend struct detail::Offering;
  explicit JoinableQueue(detail::Arrival& from) : Queue<T>(from) {}
};

}  // namespace mp
TWILL_END
