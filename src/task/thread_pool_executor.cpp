#include <twill/task/thread_pool_executor.hpp>

#include <algorithm>

#include <twill/platform/error.hpp>
#include <twill/thread/threading.hpp>

TWILL_BEGIN
namespace {

int workers_or_default(std::optional<int> wanted) {
  if (!wanted) return std::min(32, process_cpu_count() + 4);
  if (*wanted < 1)
    throw ValueError("max_workers = " + std::to_string(*wanted) + ": there must be one at least");
  return *wanted;
}

}  // namespace

ThreadPoolExecutor::ThreadPoolExecutor(ThreadPoolExecutorOptions options)
    : crew_({.size = workers_or_default(options.max_workers),
             .kind = "ThreadPoolExecutor",
             .name = std::move(options.thread_name_prefix),
             .initializer = std::move(options.initializer),
             .max_in_flight = options.max_in_flight}) {}

void ThreadPoolExecutor::throw_shut() const {
  throw RuntimeError("submit() to " + crew_.name() + ", which was shut down");
}

void ThreadPoolExecutor::shutdown(ShutdownOptions options) {
  crew_.close();
  if (options.cancel_futures) {
    crew_.abandon_queued();
    crew_.request_stop();
  }
  if (options.wait && !crew_.join({options.timeout, &options.stop}))
    throw TimeoutError(crew_.name() + " is at work still");
}

TWILL_END
