#ifdef TWILL_COMMAND

#include "examples/command.hpp"

#include <cstdio>
#include <sys/wait.h>

namespace examples {

Answer explore(const std::string& arguments, const std::string& limits) {
  const std::string line =
      "timeout 100 " + limits + " " TWILL_COMMAND " explore " + arguments + " 2>&1";
  std::FILE* pipe = popen(line.c_str(), "r");
  Answer answer{0, {}};
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    answer.text += static_cast<char>(c);
  const int status = pclose(pipe);
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return answer;
}

}  // namespace examples

#endif
