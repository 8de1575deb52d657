#include "mp/process_state.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "mp/readiness.hpp"
#include "platform/at_fork.hpp"
#include "platform/process.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::Descriptor;
using Guard = twill::detail::WordLock::Guard;

constinit twill::detail::WordLock processes;

namespace {

[[gnu::constructor(104)]] void register_handlers() noexcept {
  twill::detail::at_fork([] { processes.lock(); }, [] { processes.unlock(); },
                         [] { processes.unlock(); });
}

}  // namespace

ProcessState::ProcessState(Role r, std::string n, bool d)
    : owner(getpid()), role(r), daemon(d), name(std::move(n)) {}

bool look_for_end(ProcessState& state) noexcept {
  if (state.phase != ProcessState::alive || state.end == nullptr)
    return state.phase == ProcessState::ended;
  pollfd end{state.end->number(), POLLIN, 0};
  const bool over = state.role == ProcessState::Role::parent
                        ? poll(&end, 1, 0) == 1
                        : twill::detail::reap(state.end->number(), state.ending);
  if (over) state.phase = ProcessState::ended;
  return over;
}

bool wait_for_end(ProcessState& state, const twill::detail::Limits& limits) {
  std::shared_ptr<Descriptor> end;
  {
    const Guard guard(processes);
    if (look_for_end(state)) return true;
    end = state.end;
  }
  if (!await_ready(end->number(), POLLIN, limits)) return false;
  const Guard guard(processes);
  return look_for_end(state);
}

void join_quietly(ProcessState& state) noexcept {
  const Guard guard(processes);
  while (state.phase == ProcessState::alive && !look_for_end(state)) {
    const std::shared_ptr<Descriptor> end = state.end;
    if (end == nullptr) return;
    processes.unlock();
    pollfd one{end->number(), POLLIN, 0};
    poll(&one, 1, -1);
    processes.lock();
  }
}

void send(ProcessState& state, int signal) {
  const Guard guard(processes);
  if (look_for_end(state)) return;
  const int error = twill::detail::send_signal(state.end->number(), signal);
  if (error != 0 && error != ESRCH) throw OSError(error, "signal to " + state.name);
}

void end_children() noexcept {
  const States children = live_children();
  std::vector<pollfd> ends;
  for (const auto& child : children) {
    const Guard guard(processes);
    if (!child->daemon || look_for_end(*child)) continue;
    twill::detail::send_signal(child->end->number(), SIGTERM);
    ends.push_back({child->end->number(), POLLIN, 0});
  }
  for (const Deadline limit(std::chrono::milliseconds(500)); !ends.empty();) {
    if (await_ready(ends, {limit}) != twill::detail::Outcome::ready) break;
    std::erase_if(ends, [](const pollfd& end) { return end.revents != 0; });
  }
  for (const pollfd& end : ends) twill::detail::send_signal(end.fd, SIGKILL);
  for (const auto& child : children) join_quietly(*child);
}

}  // namespace mp::detail
TWILL_END
