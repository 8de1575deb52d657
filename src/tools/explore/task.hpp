#pragma once

#include <memory>
#include <string>

#include <twill/park/watching.hpp>
#include <twill/thread/local_key.hpp>

#include "park/wait.hpp"
#include "platform/carrier.hpp"
#include "platform/fiber.hpp"
#include "thread/local.hpp"
#include "thread/registry.hpp"
#include "tools/explore/trace.hpp"

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

/// What a choose() can choose among.
inline constexpr unsigned kMostWays = 100;

/// What a task is about to do.
struct Operation {
  /// A twill_operation, or one of these.
  enum What : std::uint8_t { begin, read = 64, write, load, modify, draw, resume, end };

  std::uint8_t what = begin;
  std::uint8_t ways = 1;  ///< of a draw
  Subject subject = {};
  const Limits* limits = nullptr;

  static bool is_plain(std::uint8_t what) noexcept { return what == read || what == write; }
  bool is_plain() const noexcept { return is_plain(what); }
  bool is_variable() const noexcept { return what >= read && what <= modify; }
  bool may_wait() const noexcept {
    switch (what) {
      case TWILL_ACQUIRE:
      case TWILL_WAIT:
      case TWILL_JOIN:
        return true;
      case TWILL_PUT:
      case TWILL_GET:
        return limits == nullptr || !limits->deadline.is_passed();
      default:
        return false;
    }
  }
  bool has_deadline() const noexcept {
    return limits != nullptr && !limits->deadline.is_never() && !limits->deadline.is_passed();
  }
  bool heeds_stop() const noexcept {
    return limits != nullptr && limits->stop != nullptr && limits->stop->stop_possible();
  }
  /// Of what asks its object, now.
  bool would_succeed(std::uint32_t context) const {
    return subject.kind->ready(subject.object, context);
  }
  /// May have to wait, and knows whether it would.
  bool asks() const noexcept { return may_wait() && subject.kind->ready != nullptr; }
  bool is_ready(std::uint32_t context) const {
    if (!asks()) return true;
    if (heeds_stop() && limits->stop->stop_requested()) return true;
    return would_succeed(context);
  }
};

/// A thread of the body.
///
/// | state | meaning | goes on |
/// |---|---|---|
/// | at_point | about to do `next` | when that would not wait, or its time is over |
/// | blocked | waits in the door | when it is woken, or its time is over |
/// | ended | | |
struct Task {
  enum State : std::uint8_t { at_point, blocked, ended };

  State state = ended;
  bool ready =
      true;  ///< at a point where it may have to wait: would not; as of the last step there
  bool heeds_stop = false;  ///< there: a stop would end that
  bool late = false;        ///< the time of what it is about to do is over
  Operation next = {};
  Effect pending = {};   ///< the same for others; while it is blocked, what it waits for
  Wait* wait = nullptr;  ///< if blocked
  Context* context = nullptr;
  std::uint32_t id = 0;      ///< the context's
  std::uint64_t ran_at = 0;  ///< the number of its last step
  std::uint64_t news = 0;    ///< how much had been written when it last looked for the first time
  std::uint32_t looks = 0;   ///< steps since then that wrote nothing
  Memory memory = {};
  Clock clock = {};
  Fiber fiber = {};
  std::unique_ptr<Carrier> carrier = {};  ///< where threads are real
  void* (*entry)(void*) = nullptr;
  void* argument = nullptr;
  std::string name = {};

  const Limits* limits() const noexcept { return state == blocked ? &wait->limits : next.limits; }
  const Subject& subject() const noexcept {
    return state == blocked ? wait->subject : next.subject;
  }
};

}  // namespace detail::explorer
TWILL_END
