// Who is who: this process, its parent, its children.

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <twill/platform/error.hpp>

#include "mp/family.hpp"
#include "mp/fork_server.hpp"
#include "mp/invitation.hpp"
#include "mp/process_state.hpp"
#include "mp/spawned.hpp"
#include "platform/poll.hpp"
#include "platform/process.hpp"
#include "platform/type_name.hpp"
#include "thread/exit.hpp"
#include "thread/print_over.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::Descriptor;
using Guard = twill::detail::WordLock::Guard;
using Role = ProcessState::Role;

/// Never destroyed, since threads outlive statics.
struct Family {
  std::shared_ptr<ProcessState> self =
      std::make_shared<ProcessState>(Role::self, "MainProcess", false);
  std::shared_ptr<ProcessState> parent = nullptr;
  States children = {};
  std::vector<States> inherited = {};  ///< whose destructors are a parent's to run
  int owner = getpid();                ///< whose children these are
  unsigned last = 0;                   ///< the number of the youngest child
};

Family& family() {
  static Family& all = *new Family;
  return all;
}

/// After a fork that was not Process's the list is the parent's.
States& own_children() {
  Family& all = family();
  if (all.owner != getpid()) {
    all.owner = getpid();
    all.inherited.push_back(std::exchange(all.children, {}));
  }
  return all.children;
}

void flush() noexcept {
  std::cout.flush();
  std::clog.flush();
  std::fflush(stdout);
  std::fflush(stderr);
}

std::string text_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return twill::detail::name_of_type(typeid(e)) + ": " + e.what();
  } catch (...) {
    return twill::detail::name_of_current_exception();
  }
}

int code_of(Body body, void* data) noexcept {
  std::string text;
  int code = 1;
  try {
    body(data);
    return 0;
  } catch (const SystemExit& exit) {
    text = exit.text().empty() ? "" : exit.text() + '\n';
    code = exit.code();
  } catch (...) {
    text =
        "Exception in process " + family().self->name + ": " + text_of_current_exception() + '\n';
  }
  twill::detail::write_over(STDERR_FILENO, text);
  return code;
}

/// By exit() too: as the last handler that was registered before the callable ran, it comes before
/// all of the parent's.
[[noreturn]] void end_this_process(int code, void*) noexcept {
  twill::detail::wait_for_threads();
  end_children();
  leave_family();
  flush();
  _exit(code);
}

/// Returns once the parent has seen to everything that may fail. If it ends before that so does
/// this process: `end` tells, and where there is none, a look now and then.
void await_go(int go, int end, int parent) noexcept {
  constexpr std::int64_t kNow = 0, kBetweenLooks = 10'000'000;
  const std::int64_t period = end >= 0 ? std::numeric_limits<std::int64_t>::max() : kBetweenLooks;
  for (;;) {
    const bool is_orphan = getppid() != parent;  // asked first, since an orphan may have its go
    pollfd both[] = {{go, POLLIN, 0}, {end, POLLIN, 0}};
    twill::detail::poll_for(is_orphan ? kNow : period, both);
    if (both[0].revents != 0) return;
    if (is_orphan) _exit(1);
  }
}

/// Starts a process that is no fork. Answers the pid, or -errno. By then nobody but it claims the
/// seat to which it was invited.
int start_apart(ProcessState& state, int go, int lifeline) {
  struct Inviting {
    explicit Inviting(ProcessState& s) : state(s) {
      if (state.call->offers.empty()) return;
      invitation.emplace(state.call->offers);
      state.invitation = &*invitation;
    }
    ~Inviting() { state.invitation = nullptr; }
    Inviting(const Inviting&) = delete;
    Inviting& operator=(const Inviting&) = delete;
    ProcessState& state;
    std::optional<Invitation> invitation;
  } const inviting(state);
  return state.call->by_server ? fork_by_server(state, go, lifeline) : spawn(state, go, lifeline);
}

}  // namespace

int refused(int pid, int error) noexcept {
  kill(pid, SIGKILL);  // nobody has reaped it, so it is still the child
  siginfo_t info;
  while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
  return error;
}

void settle(const std::shared_ptr<ProcessState>& state, const Origin& origin, int go,
            int lifeline) noexcept {
  auto end = std::make_shared<Descriptor>(twill::detail::open_process(origin.parent));
  const bool is_orphan = getppid() != origin.parent;  // then `end` may be anybody's
  await_go(go, is_orphan ? -1 : end->number(), origin.parent);
  if (lifeline >= 0) twill::detail::end_with_parent(lifeline);
  own_children();
  Family& all = family();
  all.parent = std::make_shared<ProcessState>(Role::parent, origin.name, origin.daemon);
  all.parent->pid = origin.parent;
  all.parent->phase = is_orphan ? ProcessState::ended : ProcessState::alive;
  if (*end && !is_orphan) all.parent->end = std::move(end);
  all.last = 0;
  state->role = Role::self;
  state->pid = getpid();
  all.self = state;
}

void live(Body body, void* data) noexcept {
  on_exit(end_this_process, nullptr);
  end_this_process(code_of(body, data), nullptr);
}

const std::shared_ptr<ProcessState>& this_process() { return family().self; }

std::shared_ptr<ProcessState> parent_of_this_process() { return family().parent; }

std::string next_number() {
  const Guard guard(processes);
  Family& all = family();
  const std::string own = std::to_string(++all.last);
  return all.self->number.empty() ? own : all.self->number + ':' + own;
}

void add_child(const std::shared_ptr<ProcessState>& state) {
  static const int registered = std::atexit(end_children);
  static_cast<void>(registered);
  live_children();  // takes those off that have ended, and nobody looked
  const Guard guard(processes);
  own_children().push_back(state);
}

void remove_child(const ProcessState& state) noexcept {
  std::shared_ptr<ProcessState> removed;
  const Guard guard(processes);
  States& list = own_children();
  const auto at = std::ranges::find(list, &state, &std::shared_ptr<ProcessState>::get);
  if (at == list.end()) return;
  removed = std::move(*at);
  list.erase(at);
}

void forget_ended(ProcessState& state) noexcept {
  bool is_over = false;
  {
    const Guard guard(processes);
    is_over = look_for_end(state);
  }
  if (is_over) remove_child(state);
}

States live_children() {
  States live;
  States over;
  const Guard guard(processes);
  States& list = own_children();
  for (auto& child : list) (look_for_end(*child) ? over : live).push_back(child);
  list = live;
  std::erase_if(live, [](const auto& child) { return child->end == nullptr; });
  return live;
}

int launch(const std::shared_ptr<ProcessState>& state, Process& process) {
  Descriptor go(twill::detail::make_event());
  if (!go) return -go.number();
  {
    const Guard guard(processes);
    if (const int error = twill::detail::watch_end_of_this_process()) return error;
  }
  Descriptor lifeline;
  if (state->daemon) {
    lifeline = Descriptor(twill::detail::open_lifeline());
    if (!lifeline) return -lifeline.number();
  }
  auto end = std::make_shared<Descriptor>();
  flush();
  const Origin origin{getpid(), this_process()->name, this_process()->daemon};
  const int pid = state->call ? start_apart(*state, go.number(), lifeline.number())
                              : twill::detail::fork_process();
  if (pid < 0) return -pid;
  if (pid == 0) {
    settle(state, origin, go.number(), lifeline.number());
    go = Descriptor();
    live([](void* object) { static_cast<Process*>(object)->run(); }, &process);
  }
  *end = Descriptor(twill::detail::open_process(pid));
  if (!*end) return refused(pid, -end->number());
  {
    const Guard guard(processes);
    state->pid = pid;
    state->end = std::move(end);
  }
  twill::detail::set_event(go.number());
  return 0;
}

}  // namespace mp::detail

namespace mp {

Process current_process() { return detail::ProcessState::handle(detail::this_process()); }

std::optional<Process> parent_process() {
  auto parent = detail::parent_of_this_process();
  if (parent == nullptr) return std::nullopt;
  return detail::ProcessState::handle(std::move(parent));
}

std::vector<Process> active_children() {
  std::vector<Process> children;
  for (auto& child : detail::live_children())
    children.push_back(detail::ProcessState::handle(std::move(child)));
  return children;
}

}  // namespace mp
TWILL_END
