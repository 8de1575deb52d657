#include <twill/mp/process.hpp>

#include <cerrno>
#include <csignal>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "mp/process_state.hpp"
#include "platform/type_name.hpp"

TWILL_BEGIN
namespace mp {
namespace {

using detail::ProcessState;
using Guard = twill::detail::WordLock::Guard;
using Role = ProcessState::Role;

constexpr auto kRelaxed = std::memory_order_relaxed;

std::shared_ptr<ProcessState> make_state(ProcessOptions options) {
  auto state = std::make_shared<ProcessState>(
      Role::child, std::move(options.name),
      options.daemon ? *options.daemon : detail::this_process()->daemon);
  state->number = detail::next_number();
  if (state->name.empty()) state->name = "Process-" + state->number;
  return state;
}

/// "Worker" of "shop::Worker".
std::string last_part(const std::string& type) { return type.substr(type.rfind(':') + 1); }

/// The state, if this process may use it; `processes` is held.
void check(const ProcessState& state, const char* what) {
  if (state.role == Role::child && state.owner != getpid())
    throw RuntimeError(std::string(what) + " of " + state.name +
                       ", which is no child of this process");
  if (state.closed) throw ValueError(std::string(what) + " of " + state.name + ", after close()");
}

void check_started(const ProcessState& state, const char* what) {
  const Guard guard(detail::processes);
  check(state, what);
  if (state.role == Role::self)
    throw RuntimeError(std::string(what) + " of " + state.name + " by itself");
  if (state.phase == ProcessState::fresh || (state.phase == ProcessState::alive && !state.end))
    throw RuntimeError(std::string(what) + " of " + state.name + ", which was not started");
}

bool join_within(ProcessState& state, const twill::detail::Limits& limits) {
  check_started(state, "join()");
  return detail::wait_for_end(state, limits);
}

void begin(ProcessState& state) {
  const Guard guard(detail::processes);
  check(state, "start()");
  if (state.role != Role::child || state.phase != ProcessState::fresh)
    throw RuntimeError("start() of " + state.name + ": a process can be started only once");
  if (detail::this_process()->daemon)
    throw RuntimeError("start() of " + state.name + ": a daemonic process may have no children");
  state.phase = ProcessState::alive;
}

void give_up(ProcessState& child) noexcept {
  detail::remove_child(child);
  const Guard guard(detail::processes);
  child.phase = ProcessState::fresh;
}

}  // namespace

Process::Process(ProcessOptions options) : state_(make_state(std::move(options))) {}

Process::Process(ProcessOptions options, std::unique_ptr<twill::detail::Target> target)
    : Process(std::move(options)) {
  state_->target = std::move(target);
  state_->handles.store(1, kRelaxed);
  counted_ = true;
}

Process::Process(ProcessOptions options, detail::Crossing call) : Process(std::move(options)) {
  state_->call = std::move(call);
  state_->handles.store(1, kRelaxed);
  counted_ = true;
}

Process::Process(std::shared_ptr<Process> object, const std::type_info& type)
    : state_(object->state_), counted_(true) {
  state_->handles.fetch_add(1, kRelaxed);
  if (state_->name == "Process-" + state_->number)
    state_->name = last_part(twill::detail::name_of_type(type)) + '-' + state_->number;
  state_->object = std::move(object);
}

Process::Process(const Process& other) noexcept : state_(other.state_), counted_(other.counted_) {
  if (counted_) state_->handles.fetch_add(1, kRelaxed);
}

detail::ProcessState& Process::state() const {
  if (state_ == nullptr) throw RuntimeError("this handle on a process was moved away");
  return *state_;
}

void Process::let_go() noexcept {
  if (!std::exchange(counted_, false)) return;
  if (state_->handles.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const std::shared_ptr<Process> object = std::move(state_->object);
  if (state_->owner != getpid()) return;
  if (!state_->daemon) detail::join_quietly(*state_);
  detail::forget_ended(*state_);
}

void Process::start() {
  ProcessState& child = state();
  begin(child);
  int error = 0;
  try {
    detail::add_child(state_);
    error = detail::launch(state_, child.object != nullptr ? *child.object : *this);
  } catch (const std::bad_alloc&) {
    error = ENOMEM;
  } catch (...) {  // what it is to call has no place that can be named
    give_up(child);
    throw;
  }
  if (error != 0) {
    give_up(child);
    throw OSError(error, "start() of " + child.name);
  }
  // The child has its own.
  const std::shared_ptr<Process> object = std::move(child.object);
  const auto target = std::move(child.target);
  const auto call = std::exchange(child.call, std::nullopt);
}

void Process::run() {
  if (const auto target = std::move(state().target)) target->run();
}

void Process::join() { join_within(state(), {}); }

bool Process::join(Timeout timeout) { return join_within(state(), {timeout}); }

void Process::join(const std::stop_token& stop) {
  join_within(state(), {Deadline::never(), &stop});
}

bool Process::try_join(Timeout timeout, const std::stop_token& stop) {
  try {
    return join_within(state(), {timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

bool Process::is_alive() const {
  ProcessState& process = state();
  const Guard guard(detail::processes);
  check(process, "is_alive()");
  if (process.role == Role::self) return true;
  return process.phase != ProcessState::fresh && !detail::look_for_end(process);
}

std::optional<int> Process::exitcode() const {
  ProcessState& process = state();
  const Guard guard(detail::processes);
  check(process, "exitcode()");
  if (process.role != Role::child || !detail::look_for_end(process)) return std::nullopt;
  return process.ending.code;
}

std::optional<int> Process::pid() const {
  const Guard guard(detail::processes);
  if (state_ != nullptr && state_->role == Role::self) return getpid();
  return state().pid != 0 ? std::optional(state().pid) : std::nullopt;
}

std::string Process::name() const {
  const Guard guard(detail::processes);
  return state().name;
}

void Process::set_name(std::string name) {
  const Guard guard(detail::processes);
  state().name.swap(name);
}

bool Process::daemon() const {
  const Guard guard(detail::processes);
  return state().daemon;
}

void Process::set_daemon(bool daemon) {
  const Guard guard(detail::processes);
  check(state(), "set_daemon()");
  if (state().role != Role::child || state().phase != ProcessState::fresh)
    throw RuntimeError("set_daemon() of " + state().name + ", which was started already");
  state().daemon = daemon;
}

int Process::sentinel() const {
  const Guard guard(detail::processes);
  check(state(), "sentinel()");
  if (state().end == nullptr)
    throw ValueError("sentinel() of " + state().name + ", which was not started");
  return state().end->number();
}

void Process::terminate() {
  check_started(state(), "terminate()");
  detail::send(state(), SIGTERM);
}

void Process::kill() {
  check_started(state(), "kill()");
  detail::send(state(), SIGKILL);
}

void Process::interrupt() {
  check_started(state(), "interrupt()");
  detail::send(state(), SIGINT);
}

void Process::close() {
  std::shared_ptr<twill::detail::Descriptor> end;
  ProcessState& process = state();
  const Guard guard(detail::processes);
  if (process.closed) return;
  check(process, "close()");
  if (process.role != Role::child ||
      (process.phase == ProcessState::alive && !detail::look_for_end(process)))
    throw ValueError("close() of " + process.name + ", which is still running");
  process.closed = true;
  end = std::move(process.end);
}

}  // namespace mp
TWILL_END
