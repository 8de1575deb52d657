#pragma once

#include <memory>
#include <vector>

#include "thread/state.hpp"

TWILL_BEGIN
namespace detail {

/// The state of the calling thread: made now for a thread that twill did not start.
ThreadState& current_state();
ThreadState* current_state_if_any() noexcept;
void set_current_state(ThreadState* state) noexcept;

/// Whether `state` is the calling thread's.
bool is_caller(const ThreadState& state) noexcept;

/// All threads that are alive.
namespace registry {

void add(ThreadState& state) noexcept;
/// Answers the reference that the list held; null if it had none.
std::shared_ptr<ThreadState> remove(ThreadState& state) noexcept;

/// The oldest first.
std::vector<std::shared_ptr<ThreadState>> all();
std::size_t count() noexcept;

/// A thread that the end of the program waits for, other than the caller; null if there is none.
std::shared_ptr<ThreadState> somebody_to_wait_for() noexcept;

/// There for ever.
const std::shared_ptr<ThreadState>& main_state() noexcept;

/// In the child of a fork: the caller is the main thread, and the others are gone.
void after_fork() noexcept;

}  // namespace registry
}  // namespace detail
TWILL_END
