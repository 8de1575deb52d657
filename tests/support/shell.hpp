#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace support {

struct Answer {
  int status = 0;  ///< exit status, or 128 + the number of the signal
  std::string text = {};
};

/// Has the shell run a command, and reads its stdout to the end.
inline Answer shell(const std::string& command) {
  Answer answer;
  std::FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> piece;
  while (const std::size_t n = fread(piece.data(), 1, piece.size(), pipe))
    answer.text.append(piece.data(), n);
  const int status = pclose(pipe);
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return answer;
}

}  // namespace support
