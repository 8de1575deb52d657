#pragma once

#include <cerrno>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace processes {

[[noreturn]] inline void for_ever() {
  for (;;) pause();
}

/// Neither alive nor zombies.
inline void expect_no_children() {
  siginfo_t info;
  EXPECT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

/// A pipe whose other end is inherited: the end of the last heir is seen here.
class Witness {
 public:
  Witness() { EXPECT_EQ(pipe(ends_), 0); }
  ~Witness() {
    if (ends_[1] >= 0) close(ends_[1]);
    close(ends_[0]);
  }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  bool sees_the_end() {
    close(std::exchange(ends_[1], -1));
    pollfd end{ends_[0], POLLIN, 0};
    return poll(&end, 1, 60'000) == 1;
  }

 private:
  int ends_[2];
};

}  // namespace processes
