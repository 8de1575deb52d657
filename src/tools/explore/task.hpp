#pragma once

#include <twill/park/watching.hpp>
#include <twill/thread/local_key.hpp>

#include "park/wait.hpp"
#include "platform/fiber.hpp"
#include "thread/local.hpp"
#include "thread/registry.hpp"
#include "tools/explore/clock.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// The thread_locals of twill that belong to a context and not to the thread that carries it.
struct Memory {
  std::uint32_t self = 0;
  ThreadState* state = nullptr;
  LocalTable* locals = no_locals();

  static Memory of_caller() noexcept { return {self_id, current_state_if_any(), local_table}; }
  void make_callers() const noexcept {
    self_id = self;
    set_current_state(state);
    local_table = locals;
  }
};

/// What a task is about to do.
struct Operation {
  enum Access : std::uint8_t { none, read, write };

  twill_operation what = TWILL_RELEASE;
  Access access = none;  ///< of a Shared, instead
  Subject subject = {};
  const Limits* limits = nullptr;

  bool waits() const noexcept {
    return access == none && (what == TWILL_ACQUIRE || what == TWILL_WAIT || what == TWILL_JOIN);
  }
  bool is_ready(std::uint32_t context) const {
    if (!waits() || subject.kind->ready == nullptr) return true;
    if (limits != nullptr && limits->stop != nullptr && limits->stop->stop_requested()) return true;
    return subject.kind->ready(subject.object, context);
  }
};

/// A thread of the body.
///
/// | state | meaning | goes on |
/// |---|---|---|
/// | free | runs, or could | at any time |
/// | at_point | about to do `next` | when that would not wait, or its time is over |
/// | blocked | waits in the door | when it is woken, or its time is over |
/// | ended | | |
struct Task {
  enum State : std::uint8_t { free, at_point, blocked, ended };

  Fiber fiber = {};
  State state = free;
  Context* context = nullptr;
  std::uint32_t id = 0;  ///< the context's
  Operation next = {};
  Wait* wait = nullptr;  ///< if blocked
  void* (*entry)(void*) = nullptr;
  void* argument = nullptr;
  Memory memory = {};
  Clock clock = {};
  std::string name = {};
};

}  // namespace detail::explorer
TWILL_END
