#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "support/sanitizers.hpp"

namespace support {

/// Whether the child of a fork of several threads may start threads: fork leaves the locks of the
/// sanitizers' own allocators as they were.
inline constexpr bool kThreadsAfterFork = !kThreadSanitizer && !kAddressSanitizer;

/// How a child process ended, and what it wrote to stderr.
struct ChildResult {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  std::string text = {};
};

/// Forks, runs `f` in the child, and answers how that ended: `f` returns the exit code. A child
/// that hangs is killed after a minute.
template <class F>
ChildResult run_in_child(F&& f) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    int code = 125;
    try {
      code = f();
    } catch (const std::exception& error) {
      dprintf(STDERR_FILENO, "uncaught: %s\n", error.what());
    }
    _exit(code);
  }
  close(ends[1]);
  ChildResult result;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  for (pollfd poll_end{ends[0], POLLIN, 0};;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        limit - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      result.text += "[killed: it hangs]";
      kill(pid, SIGKILL);
      break;
    }
    if (poll(&poll_end, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t size = read(ends[0], buffer, sizeof buffer);
    if (size <= 0) break;
    result.text.append(buffer, static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace support
