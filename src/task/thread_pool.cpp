#include <twill/task/thread_pool.hpp>

#include <twill/platform/error.hpp>
#include <twill/thread/threading.hpp>

TWILL_BEGIN
namespace {

int workers_or_default(std::optional<int> wanted) {
  if (!wanted) return process_cpu_count();
  if (*wanted < 1)
    throw ValueError("processes = " + std::to_string(*wanted) + ": there must be one at least");
  return *wanted;
}

}  // namespace

ThreadPool::ThreadPool(ThreadPoolOptions options)
    : crew_({.size = workers_or_default(options.processes),
             .kind = "ThreadPool",
             .name = std::move(options.name),
             .initializer = std::move(options.initializer),
             .daemon = true,
             .max_in_flight = options.max_in_flight}) {
  crew_.start_all();
}

std::size_t ThreadPool::buffer_of(const ImapOptions& options) const {
  constexpr std::size_t kForEach = 4;
  if (!options.buffer_size) return kForEach * static_cast<std::size_t>(crew_.size());
  if (*options.buffer_size == 0) throw ValueError("imap() with buffer_size = 0: use 1 or more");
  return *options.buffer_size;
}

void ThreadPool::close() noexcept {
  is_closed_.store(true, std::memory_order_relaxed);
  crew_.close();
}

void ThreadPool::terminate() noexcept {
  close();
  crew_.abandon_queued();
  crew_.request_stop();
}

bool ThreadPool::join_within(const detail::Limits& limits) {
  if (!is_closed_.load(std::memory_order_relaxed))
    throw ValueError("join() of " + crew_.name() + ", which must be closed or terminated first");
  return crew_.join(limits);
}

void ThreadPool::join() { join_within({}); }

bool ThreadPool::join(Timeout timeout) { return join_within({timeout}); }

void ThreadPool::join(const std::stop_token& stop) { join_within({Deadline::never(), &stop}); }

bool ThreadPool::try_join(Timeout timeout, const std::stop_token& stop) {
  try {
    return join_within({timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

void ThreadPool::check_open() const {
  if (is_closed_.load(std::memory_order_relaxed)) throw_closed();
}

void ThreadPool::throw_closed() const {
  throw ValueError("a call of " + crew_.name() + ", which was closed");
}

TWILL_END
