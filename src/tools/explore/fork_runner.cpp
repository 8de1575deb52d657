#include "tools/explore/fork_runner.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "tools/explore/surroundings.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr int kPatience = 10;  ///< seconds without a step

template <std::size_t size>
void copy(char (&to)[size], std::string_view from) noexcept {
  const std::size_t length = std::min(from.size(), size - 1);
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

void silence() noexcept {
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    dup2(nowhere, descriptor);
}

}  // namespace

/// What a child says, in shared memory.
struct ForkRunner::Report {
  Finding kind;
  Finding race;
  bool over;  ///< the execution came to its end
  bool was_fair;
  std::uint64_t beats;  ///< steps so far
  std::uint32_t choice_count;
  std::uint64_t digest;
  char text[1 << 14];
  char race_text[1 << 12];
  char table[1 << 20];
  std::uint8_t choices[1 << 20];

  void clear() noexcept { std::memset(this, 0, offsetof(Report, text)), *text = *race_text = '\0'; }
};

/// In shared memory, so that it is known even of a child that crashes.
class ForkRunner::Recorder final : public Journal {
 public:
  explicit Recorder(Report& report) noexcept : report_(report) {}

  void chose(std::uint8_t choice) noexcept override {
    if (report_.choice_count < std::size(report_.choices))
      report_.choices[report_.choice_count++] = choice;
  }
  void did(const Step& step) noexcept override {
    report_.digest = digest(report_.digest, step);
    ++report_.beats;
  }

 private:
  Report& report_;
};

/// What a child needs until it ends.
struct ForkRunner::Child {
  Strategy& strategy;
  Learner& learner;
  Report& report;
  bool tell;
  Surroundings surroundings;
  Engine engine;
  Recorder recorder;

  Child(Strategy& s, Learner& l, Report& r, bool t, std::uint64_t most_steps, Threads threads)
      : strategy(s), learner(l), report(r), tell(t), engine(most_steps, threads), recorder(r) {}
};

ForkRunner::Child* ForkRunner::child = nullptr;

ForkRunner::ForkRunner(SharedMemory& memory, std::uint64_t most_steps, Threads threads)
    : report_(*static_cast<Report*>(memory.allocate(sizeof(Report), alignof(Report)))),
      most_steps_(most_steps),
      threads_(threads) {}

const Result& ForkRunner::run(Strategy& strategy, bool tell, Learner& learner) {
  report_.clear();
  const int process = fork();
  if (process < 0) throw OSError(errno, "fork() of the program to be explored");
  if (process == 0) become_child(strategy, tell, learner);
  await(process);
  result_.race = {report_.race, report_.race_text};
  result_.was_fair = report_.was_fair;
  result_.was_whole = report_.over;
  result_.choices.assign(report_.choices, report_.choices + report_.choice_count);
  result_.digest = report_.digest;
  if (tell) result_.table = report_.over ? report_.table : "";
  return result_;
}

void ForkRunner::become_child(Strategy& strategy, bool tell, Learner& learner) {
  if (!tell) silence();
  // For the rest of the process.
  child = new Child(strategy, learner, report_, tell, most_steps_, threads_);
  on_exit(on_exit_of_program, nullptr);
  child->engine.run_on(strategy, tell, child->recorder, over);
  throw GoOn{};
}

void ForkRunner::on_exit_of_program(int status, void*) {
  if (status != 0)
    child->engine.fail(Finding::check, "the program ended with status " + std::to_string(status));
  child->engine.end_run();
}

void ForkRunner::over(const Outcome& outcome) {
  Report& report = child->report;
  child->learner.learn(child->strategy, outcome);
  report.kind = outcome.failure.kind;
  copy(report.text, outcome.failure.text);
  report.race = outcome.race.kind;
  copy(report.race_text, outcome.race.text);
  report.was_fair = outcome.was_fair;
  if (child->tell) {
    copy(report.table, table_of(outcome.rows, outcome.names));
    std::fflush(nullptr);
  }
  report.over = true;
  _exit(0);
}

/// Ends a child that makes no step for a long time.
void ForkRunner::await(int process) {
  const auto handle = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  int idle = 0;
  for (std::uint64_t beats = 0; handle >= 0 && idle < kPatience; ++idle) {
    pollfd end{handle, POLLIN, 0};
    if (poll(&end, 1, 1'000) > 0) break;
    const std::uint64_t now = static_cast<volatile Report&>(report_).beats;
    if (std::exchange(beats, now) != now) idle = 0;
  }
  if (handle >= 0) close(handle);
  if (idle == kPatience) kill(process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  result_.failure = {report_.kind, report_.text};
  if (idle == kPatience)
    result_.failure = {Finding::outside,
                       "no end, and no operation of twill's for " + std::to_string(kPatience) +
                           " seconds: the program blocks outside of twill, or loops"};
  else if (!report_.over)
    note_end(status);
}

/// It did not end by itself, or behind twill's back.
void ForkRunner::note_end(int status) {
  if (WIFSIGNALED(status))
    result_.failure = {Finding::crash, "the program was ended by " +
                                           std::string(sigdescr_np(WTERMSIG(status))) + " (SIG" +
                                           sigabbrev_np(WTERMSIG(status)) + ")"};
  else if (WEXITSTATUS(status) != 0)
    result_.failure = {Finding::check, "the program ended with status " +
                                           std::to_string(WEXITSTATUS(status)) + " by _exit()"};
}

}  // namespace detail::explorer
TWILL_END
