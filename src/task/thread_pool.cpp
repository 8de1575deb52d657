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
}

void ThreadPool::join() {
  if (!is_closed_.load(std::memory_order_relaxed))
    throw ValueError("join() of " + crew_.name() + ", which must be closed or terminated first");
  crew_.join();
}

void ThreadPool::check_open() const {
  if (is_closed_.load(std::memory_order_relaxed)) throw_closed();
}

void ThreadPool::throw_closed() const {
  throw ValueError("a call of " + crew_.name() + ", which was closed");
}

TWILL_END
