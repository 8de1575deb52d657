#include <twill/thread/threading.hpp>

#include <string>

#include <twill/park/self.hpp>
#include <twill/platform/error.hpp>

#include "platform/cpu_count.hpp"
#include "platform/thread.hpp"
#include "platform/thread_id.hpp"
#include "thread/registry.hpp"

TWILL_BEGIN

using detail::relaxed;
using detail::ThreadState;

Thread current_thread() { return ThreadState::handle(detail::current_state().shared_from_this()); }

Thread main_thread() { return ThreadState::handle(detail::registry::main_state()); }

std::vector<Thread> enumerate() {
  std::vector<Thread> threads;
  for (auto& state : detail::registry::all())
    threads.push_back(ThreadState::handle(std::move(state)));
  return threads;
}

std::size_t active_count() noexcept { return detail::registry::count(); }

std::uint64_t get_ident() noexcept { return detail::self(); }

std::int64_t get_native_id() noexcept { return detail::native_thread_id(); }

std::int64_t stack_size() noexcept {
  return static_cast<std::int64_t>(detail::stack_size_of_new_threads.load(relaxed));
}

std::int64_t stack_size(std::int64_t bytes) {
  const auto least = static_cast<std::int64_t>(detail::least_stack_size());
  if (bytes != 0 && bytes < least)
    throw ValueError("stack_size(" + std::to_string(bytes) + "): at least " +
                     std::to_string(least) + " bytes, or 0 for what the system gives");
  return static_cast<std::int64_t>(
      detail::stack_size_of_new_threads.exchange(static_cast<std::size_t>(bytes), relaxed));
}

int process_cpu_count() noexcept { return detail::cpus_for_work(); }

TWILL_END
