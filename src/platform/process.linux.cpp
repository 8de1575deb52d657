#include "platform/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/at_fork.hpp"
#include "platform/fault.hpp"
#include "platform/robust.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// A pipe into which nothing is written: of its reading end each child has an own copy, the writing
/// end is this process's alone, so that its end is the end of the file.
struct Lifeline {
  int reading = -1;
  int writing = -1;
};

constinit Lifeline lifeline{};

/// The child keeps its parent's reading end until it makes a lifeline of its own.
void cut_lifeline() noexcept {
  if (lifeline.writing >= 0) close(lifeline.writing);
  lifeline.writing = -1;
}

}  // namespace

pid_t fork_process() noexcept {
  if (fault(Fault::fork)) return -EAGAIN;
  const pid_t pid = fork();
  return pid >= 0 ? pid : -errno;
}

// What the C library's fork() would do besides: the id in its thread's descriptor is the kernel's
// to write, at the place that it was told for the thread's end.
pid_t fork_sibling() noexcept {
  if (fault(Fault::fork)) return -EAGAIN;
  int* thread_id = nullptr;
  struct stat threads;
  constexpr nlink_t kAlone = 3;  // the thread's folder, and the two that every folder has
  if (prctl(PR_GET_TID_ADDRESS, &thread_id) != 0 || thread_id == nullptr ||
      stat("/proc/self/task", &threads) != 0 || threads.st_nlink != kAlone)
    return -ENOTSUP;
  robust_works();
  run_before_fork();
  // The order of the last two parameters is the machine's; one of them is not used.
  const long pid = syscall(SYS_clone, CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0,
                           nullptr, thread_id, thread_id);
  const int error = errno;
  if (pid == 0) {
    robust_after_clone();
    run_in_child_of_fork();
    return 0;
  }
  run_in_parent_of_fork();
  if (pid > 0) return static_cast<pid_t>(pid);
  return error == EINVAL || error == ENOSYS || error == EPERM ? -ENOTSUP : -error;
}

int open_process(pid_t pid) noexcept {
  if (fault(Fault::pidfd_open)) return -EMFILE;
  const long process = syscall(SYS_pidfd_open, pid, 0);
  return process >= 0 ? static_cast<int>(process) : -errno;
}

bool reap(int process, End& end) noexcept {
  constexpr int kByDescriptor = 3;  // P_PIDFD, which older headers do not name
  siginfo_t info{};
  rusage used{};  // which the C library's waitid() does not ask for
  while (syscall(SYS_waitid, kByDescriptor, process, &info, WEXITED | WNOHANG, &used) != 0)
    if (errno != EINTR) {
      end.code = 255;
      return errno == ECHILD;
    }
  if (info.si_pid == 0) return false;
  end.code = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  end.peak_memory = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  return true;
}

int send_signal(int process, int signal) noexcept {
  return syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0) == 0 ? 0 : errno;
}

int watch_end_of_this_process() noexcept {
  if (lifeline.writing >= 0) return 0;
  int ends[2];
  if (fault(Fault::lifeline)) return EMFILE;
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  [[maybe_unused]] static const bool once = (at_fork(nullptr, nullptr, cut_lifeline), true);
  if (lifeline.reading >= 0) close(lifeline.reading);
  lifeline = {ends[0], ends[1]};
  return 0;
}

// A description of its own, for it is to be signalled alone.
int open_lifeline() noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", lifeline.reading);
  const int line = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  return line >= 0 ? line : -errno;
}

// A parent that ends closes its files before its children are another's, so the pipe is asked.
void end_with_parent(int line) noexcept {
  fcntl(line, F_SETOWN, getpid());
  fcntl(line, F_SETSIG, SIGKILL);
  fcntl(line, F_SETFL, O_ASYNC | O_NONBLOCK);
  char none;
  if (read(line, &none, 1) == 0) kill(getpid(), SIGKILL);  // it ended before
}

}  // namespace detail
TWILL_END
