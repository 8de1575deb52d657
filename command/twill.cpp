// The command `twill`. It only asks: what it is about happens in the program, whose library reads
// an environment variable before main().

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/explore/request.hpp"

namespace {

using twill::SearchBy;
using twill::detail::explorer::Request;
using twill::detail::explorer::search_by;

constexpr int kRefused = 2;
constexpr int kNoProgram = 127;

[[noreturn]] void run_program(std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  fmt::print(stderr, "twill: {} cannot be run: {}\n", words[0], std::strerror(errno));
  _exit(kNoProgram);
}

/// Its exit status.
int explore(Request request, std::vector<std::string> words) {
  int answer[2];
  if (pipe2(answer, O_CLOEXEC) != 0) return std::perror("twill: pipe"), kRefused;
  const pid_t process = fork();
  if (process < 0) return std::perror("twill: fork"), kRefused;
  if (process == 0) {
    request.answer_to = dup(answer[1]);  // stays open
    if (request.answer_to < 0) std::perror("twill: dup"), _exit(kNoProgram);
    setenv(Request::kVariable, request.text().c_str(), 1);
    run_program(words);
  }
  close(answer[1]);
  char understood = 0;
  const bool is_twills = read(answer[0], &understood, 1) == 1;
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (is_twills || code == kNoProgram) return code;
  fmt::print(stderr,
             "twill: {} ran once, as it is: it does not use twill, or was linked without "
             "twill_can_explore\n",
             words[0]);
  return kRefused;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Says why a concurrent program goes wrong.");
  app.require_subcommand(1);
  CLI::App& command = *app.add_subcommand(
      "explore",
      "Runs a program that uses twill under many interleavings of its threads, and "
      "prints the one that fails. Exit status 0: nothing went wrong; 1: something did.");
  Request request;
  std::string strategy = "portfolio";
  double seconds = 0;
  double patience = 10;
  std::vector<std::string> words;
  command.add_option("--strategy", strategy, "portfolio, dfs, random, pct, pos, surw")
      ->capture_default_str();
  command.add_option("--runs", request.options.runs, "executions at most")->capture_default_str();
  command.add_option("--seconds", seconds, "begin no execution after that");
  command
      .add_option("--steps", request.options.steps, "of an execution, after which it has no end")
      ->capture_default_str();
  command.add_option("--patience", patience, "seconds without a step, after which it hangs")
      ->capture_default_str();
  command.add_option("--seed", request.options.seed, "of what is left to chance")
      ->capture_default_str();
  command.add_option("--replay", request.options.replay, "the one execution that a report names");
  command.add_flag("--real-threads", request.options.real_threads,
                   "threads of the system, for what is thread_local");
  command.add_option("program", words, "and its arguments, after -- if they have dashes")
      ->required();
  command.positionals_at_end();
  CLI11_PARSE(app, argc, argv);

  const auto by = search_by(strategy);
  if (!by) {
    fmt::print(stderr, "twill explore: there is no strategy {}; see twill explore --help\n",
               strategy);
    return kRefused;
  }
  request.options.by = *by;
  request.options.patience = std::chrono::duration<double>(patience);
  if (seconds > 0) request.options.time = std::chrono::duration<double>(seconds);
  return explore(std::move(request), std::move(words));
}
