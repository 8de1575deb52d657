#pragma once

#include <cstdint>

#include <sys/types.h>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// fork(), which copies the calling thread only. Not clone3(): what libraries have the child do
/// (pthread_atfork, the locks of malloc and stdio) is done by fork() alone, and a child that nobody
/// has reaped cannot lose its pid to another before open_process() is asked. Or -errno.
pid_t fork_process() noexcept;

/// The same, but the child's parent is the caller's: clone(CLONE_PARENT). Of the handlers for forks
/// twill's own run, and the C library does nothing for the child, so the caller must be the only
/// thread of its process: -ENOTSUP if there are others, or if the system cannot do it.
pid_t fork_sibling() noexcept;

/// A descriptor of a process, closed by exec, which is ready once it has ended. Or -errno.
int open_process(pid_t pid) noexcept;

/// How a child ended.
struct End {
  int code = 0;                   ///< what it returned, or minus the signal that ended it
  std::uint64_t peak_memory = 0;  ///< the most that it had resident, in bytes
};

/// Whether a child has ended; takes it off the kernel's table. The code is 255 if somebody else
/// took it.
bool reap(int process, End& end) noexcept;

/// Sends a signal to a process, never to another one that has got its pid. Answers 0 or an errno.
int send_signal(int process, int signal) noexcept;

/// For every fork from now on: has the caller's end seen by children. Answers 0 or an errno.
int watch_end_of_this_process() noexcept;

/// What a child needs that shall end with this process: to be opened before the fork, and closed
/// after it by the parent. A descriptor or -errno.
int open_lifeline() noexcept;

/// In the child: has the kernel kill it as soon as its parent has ended, whatever ended it, for as
/// long as the lifeline is open. PR_SET_PDEATHSIG would do so at the end of the thread that forked;
/// a thread that watches would be one that the program did not start.
void end_with_parent(int line) noexcept;

}  // namespace detail
TWILL_END
