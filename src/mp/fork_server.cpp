// A process that forks others for its parent: spawned, so that it has nothing of what the parent's
// threads were doing; alone in itself, so that its forks are safe; and its parent's child as they
// are, so that nobody needs it any more once they are there.

#include "mp/fork_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "mp/note.hpp"
#include "mp/spawned.hpp"
#include "platform/at_fork.hpp"
#include "platform/packet.hpp"
#include "platform/poll.hpp"
#include "platform/process.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::Descriptor;

namespace {

/// The descriptors of a request, in this order, and from `given` on those of the call; the standard
/// ones and the folder are what they are for the asker. The packet says of each whether it is
/// there.
enum File : std::uint8_t { input, output, errors, folder, note, go, report, lifeline, given };
constexpr std::size_t kFiles = twill::detail::kMostFiles;
constexpr std::size_t kMostGiven = kFiles - given;
using Files = std::array<int, kFiles>;
using Request = std::array<bool, kFiles>;

void await(int descriptor, short events) noexcept {
  pollfd one[] = {{descriptor, events, 0}};
  twill::detail::poll_for(std::numeric_limits<std::int64_t>::max(), one);
}

/// Both the server and the child report, so that one of them may be killed: a child of which its
/// parent does not know would stay in the system's table.
/// 1. The server forks.  2. It is killed.  3. The parent sees no answer, and asks another server.
void report_pid(int report, std::int32_t pid) noexcept {
  twill::detail::send_packet(report, std::as_bytes(std::span(&pid, 1)), {}, {});
}

/// The pid or an error that was reported; 0 if all are dead who could have.
int await_report(int report) noexcept {
  await(report, POLLIN);
  std::int32_t pid = 0;
  twill::detail::receive_packet(report, std::as_writable_bytes(std::span(&pid, 1)), {});
  return pid;
}

// In the server.

[[noreturn]] void become_child(Files files) noexcept {
  for (const int standard : {input, output, errors}) {
    if (files[standard] < 0) {
      close(standard);
      continue;
    }
    dup2(files[standard], standard);
    close(files[standard]);
  }
  if (files[folder] >= 0) {
    static_cast<void>(!fchdir(files[folder]));
    close(files[folder]);
  }
  report_pid(files[report], getpid());
  close(files[report]);
  std::vector<int> of_call;
  for (std::size_t i = given; i < kFiles && files[i] >= 0; ++i) of_call.push_back(files[i]);
  live_by({Descriptor(files[note]), Descriptor(files[go]), Descriptor(files[lifeline])},
          std::move(of_call));
}

/// Descriptors that come must not be taken for the standard ones.
void open_standard_files() noexcept {
  int file = -1;
  do file = open("/dev/null", O_RDWR);
  while (file >= 0 && file <= STDERR_FILENO);
  if (file >= 0) close(file);
}

/// Until the other end is closed.
void serve(int socket) {
  Descriptor requests(socket);
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  open_standard_files();
  for (;;) {
    await(socket, POLLIN);
    Request is_there;
    Files came, files;
    const ssize_t size =
        twill::detail::receive_packet(socket, std::as_writable_bytes(std::span(is_there)), came);
    if (size == 0) return;
    if (size < 0) continue;
    for (std::size_t i = 0, next = 0; i < kFiles; ++i) files[i] = is_there[i] ? came[next++] : -1;
    const int pid = twill::detail::fork_sibling();
    if (pid == 0) {
      requests = {};
      become_child(files);
    }
    report_pid(files[report], pid);
    for (const int file : files)
      if (file >= 0) close(file);
  }
}

// In the process that has it.

/// None (-1) where there is none yet, and in a child of this process. Guarded by `asking`.
struct Server {
  int requests = -1;
  int process = -1;
  unsigned number = 0;  ///< how many there were
};
constinit Server server;
constinit bool is_useless = false;  ///< it cannot fork
constinit twill::detail::WordLock asking;

void close_server() noexcept {
  if (server.requests >= 0) close(server.requests);
  if (server.process >= 0) close(server.process);
  server.requests = server.process = -1;
}

[[gnu::constructor(104)]] void register_handlers() noexcept {
  twill::detail::at_fork([] { asking.lock(); }, [] { asking.unlock(); },
                         [] {
                           asking.unlock();
                           close_server();
                         });
}

/// `asking` is held.
void end_server() noexcept {
  if (server.process >= 0) {
    twill::detail::send_signal(server.process, SIGKILL);
    await(server.process, POLLIN);
    twill::detail::End end;
    twill::detail::reap(server.process, end);
  }
  close_server();
}

/// `asking` is held. Answers 0 or an errno.
int begin_server() {
  int ends[2];
  if (const int error = twill::detail::make_packet_pair(ends)) return error;
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const Descriptor line(twill::detail::open_lifeline());
  if (!line) return -line.number();
  const Descriptor may_go(twill::detail::make_event());
  if (!may_go) return -may_go.number();
  ProcessState state(ProcessState::Role::child, "ForkServer", false);
  state.call = crossing_of<Spawn, void (*)(int)>(serve, theirs.number());
  const int pid = spawn(state, may_go.number(), line.number(), theirs.number());
  if (pid < 0) return -pid;
  Descriptor process(twill::detail::open_process(pid));
  if (!process) return -refused(pid, process.number());
  twill::detail::set_event(may_go.number());
  server.requests = ours.release();
  server.process = process.release();
  ++server.number;
  return 0;
}

/// `asking` is held. Answers 0 or an errno; EPIPE if the server is dead.
int send_request(const Files& files) noexcept {
  Request is_there;
  for (std::size_t i = 0; i < kFiles; ++i) is_there[i] = files[i] >= 0;
  for (;;) {
    const int error =
        twill::detail::send_packet(server.requests, std::as_bytes(std::span(is_there)), {}, files);
    if (error != EAGAIN) return error;
    await(server.requests, POLLOUT);
  }
}

int if_open(int descriptor) noexcept { return fcntl(descriptor, F_GETFD) >= 0 ? descriptor : -1; }

/// Answers the pid, 0 if the server died, or -errno; -ENOTSUP if there can be no server.
int ask_server(Files files) {
  int ends[2];
  if (const int error = twill::detail::make_packet_pair(ends)) return -error;
  const Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  files[report] = theirs.number();
  unsigned asked = 0;
  {
    const twill::detail::WordLock::Guard guard(asking);
    if (is_useless) return -ENOTSUP;
    if (server.requests < 0)
      if (const int error = begin_server()) return -error;
    asked = server.number;
    if (const int error = send_request(files); error != 0 && error != EPIPE) return -error;
  }
  theirs = {};
  const int pid = await_report(ours.number());
  if (pid != 0 && pid != -ENOTSUP) return pid;
  const twill::detail::WordLock::Guard guard(asking);
  if (pid == -ENOTSUP) is_useless = true;
  if (server.number == asked) end_server();
  return pid;
}

}  // namespace

int fork_by_server(const ProcessState& state, int go_event, int line) {
  constexpr int kAttempts = 10;
  const std::vector<int> more = files_for(state);
  if (more.size() > kMostGiven)
    throw RuntimeError("start() of " + state.name + ": " + std::to_string(more.size()) +
                       " descriptors do not cross to a server's child, which gets " +
                       std::to_string(kMostGiven) +
                       ": share fewer objects that have memory of their own, or spawn");
  const Descriptor text(make_note(state, -1, -1, {}));
  if (!text) return text.number();
  const Descriptor here(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  Files files{if_open(STDIN_FILENO),
              if_open(STDOUT_FILENO),
              if_open(STDERR_FILENO),
              here.number(),
              text.number(),
              go_event,
              -1,
              line};
  std::fill(files.begin() + given, files.end(), -1);
  std::ranges::copy(more, files.begin() + given);
  int pid = 0;
  for (int i = 0; i < kAttempts && pid == 0; ++i) pid = ask_server(files);
  return pid == 0 || pid == -ENOTSUP ? spawn(state, go_event, line) : pid;
}

void end_fork_server() noexcept {
  const twill::detail::WordLock::Guard guard(asking);
  end_server();
}

}  // namespace mp::detail
TWILL_END
