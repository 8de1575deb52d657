#include <twill/thread/thread.hpp>

#include <twill/platform/error.hpp>

#include "park/node.hpp"
#include "platform/thread.hpp"
#include "thread/locks.hpp"
#include "thread/registry.hpp"

TWILL_BEGIN
namespace {

using detail::relaxed;
using detail::ThreadState;
using detail::WordLock;

constexpr detail::Kind kStart{"the start of a thread", nullptr};

std::string next_name() {
  return "Thread-" + std::to_string(detail::threads_named.fetch_add(1, relaxed) + 1);
}

std::shared_ptr<ThreadState> make_state(ThreadOptions options) {
  return std::make_shared<ThreadState>(
      ThreadState::Origin::started, options.name.empty() ? next_name() : std::move(options.name),
      options.daemon ? *options.daemon : detail::current_state().daemon.load(relaxed));
}

}  // namespace

constinit detail::atomic<std::uint64_t> detail::threads_named{0};

Thread::Thread(ThreadOptions options) : state_(make_state(std::move(options))) {}

Thread::Thread(ThreadOptions options, std::unique_ptr<detail::Target> target,
               std::optional<Timeout> delay)
    : Thread(std::move(options)) {
  state_->target = std::move(target);
  state_->delay = delay;
  state_->handles.store(1, relaxed);
  counted_ = true;
}

Thread::Thread(std::shared_ptr<Thread> object) : state_(object->state_), counted_(true) {
  state_->handles.fetch_add(1, relaxed);
  if (std::exchange(object->counted_, false)) state_->handles.fetch_sub(1, relaxed);
  state_->object = std::move(object);
}

Thread::Thread(const Thread& other) noexcept : state_(other.state_), counted_(other.counted_) {
  if (counted_) state_->handles.fetch_add(1, relaxed);
}

detail::ThreadState& Thread::state() const {
  if (state_ == nullptr) throw RuntimeError("this handle on a thread was moved away");
  return *state_;
}

void Thread::let_go() noexcept {
  if (!std::exchange(counted_, false)) return;
  if (state_->handles.fetch_sub(1, detail::acq_rel) != 1) return;
  if (state_->phase.load(detail::acquire) == ThreadState::fresh)
    detail::discard(*state_);
  else if (!state_->daemon.load(relaxed) && !detail::is_caller(*state_))
    detail::join_quietly(*state_, __builtin_return_address(0));
}

void Thread::start() { detail::start(state(), __builtin_return_address(0)); }

void Thread::run() { detail::run_target(state()); }

void Thread::join() { detail::join(state(), __builtin_return_address(0), {}); }

bool Thread::join(Timeout timeout) {
  return detail::join(state(), __builtin_return_address(0), {timeout});
}

void Thread::join(const std::stop_token& stop) {
  detail::join(state(), __builtin_return_address(0), {Deadline::never(), &stop});
}

bool Thread::try_join(Timeout timeout, const std::stop_token& stop) {
  try {
    return detail::join(state(), __builtin_return_address(0), {timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

bool Thread::is_alive() const { return detail::is_alive(state(), __builtin_return_address(0)); }

std::optional<std::uint64_t> Thread::ident() const {
  const std::uint32_t id = state().context.load(detail::acquire);
  return id != 0 ? std::optional<std::uint64_t>(id) : std::nullopt;
}

std::optional<std::int64_t> Thread::native_id() const {
  ThreadState& thread = state();
  if (!ident()) return std::nullopt;
  const detail::Subject subject{&thread, &kStart, nullptr, __builtin_return_address(0)};
  const auto known = [&] {
    return thread.native_id.load(detail::acquire) != 0 ||
           thread.phase.load(detail::acquire) != ThreadState::alive;
  };
  while (!known()) succeeded(detail::await(&thread.native_id, subject, {}, known), subject);
  const std::int64_t id = thread.native_id.load(detail::acquire);
  return id != 0 ? std::optional(id) : std::nullopt;
}

std::string Thread::name() const { return detail::name_of(state()); }

void Thread::set_name(std::string name) {
  ThreadState& thread = state();
  const WordLock::Guard guard(detail::locks::registry);
  thread.name.swap(name);
  const std::uint32_t id = thread.context.load(relaxed);
  if (thread.itself == nullptr || id == 0) return;  // while it is listed, its context is its own
  detail::set_name(*detail::context_of(id), thread.name.c_str());
  if (id == detail::self_id) detail::set_kernel_name(thread.name.c_str());
}

bool Thread::daemon() const { return state().daemon.load(relaxed); }

void Thread::set_daemon(bool daemon) {
  ThreadState& thread = state();
  if (thread.phase.load(relaxed) != ThreadState::fresh)
    throw RuntimeError("set_daemon() of " + name() + ", which was started already");
  thread.daemon.store(daemon, relaxed);
}

TWILL_END
