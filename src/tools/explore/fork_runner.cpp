#include "tools/explore/fork_runner.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
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

#include "tools/explore/impatience.hpp"
#include "tools/explore/surroundings.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

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
  struct Facts {
    Finding kind = Finding::nothing;
    Finding race = Finding::nothing;
    bool over = false;  ///< the execution came to its end
    bool was_free = false;
    std::uint64_t beats = 0;  ///< steps so far
    std::uint32_t choice_count = 0;
    std::uint32_t place_count = 0;
  };

  Facts facts;
  char text[1 << 14];
  char race_text[1 << 12];
  char table[1 << 20];
  std::uint8_t choices[1 << 20];
  Step steps[1 << 20];
  const void* places[1 << 10];  ///< that raced

  void clear() noexcept { facts = {}, *text = *race_text = '\0'; }
};

/// In shared memory, so that it is known even of a child that crashes.
class ForkRunner::Recorder final : public Journal {
 public:
  explicit Recorder(Report& report) noexcept : report_(report) {}

  void chose(std::uint8_t choice) noexcept override {
    if (report_.facts.choice_count < std::size(report_.choices))
      report_.choices[report_.facts.choice_count++] = choice;
  }
  void did(const Trace& trace) noexcept override {
    const std::size_t first = trace.size() - std::min<std::size_t>(trace.size(), 2);
    if (trace.size() <= std::size(report_.steps))
      std::copy(trace.begin() + static_cast<std::ptrdiff_t>(first), trace.end(),
                report_.steps + first);
    std::atomic_ref(report_.facts.beats).store(trace.size(), std::memory_order_relaxed);
  }
  void raced(const Outcome& outcome) noexcept override {
    report_.facts.race = outcome.race.kind;
    copy(report_.race_text, outcome.race.text);
    const std::size_t count = std::min(outcome.racing.size(), std::size(report_.places));
    std::copy_n(outcome.racing.begin(), count, report_.places);
    report_.facts.place_count = static_cast<std::uint32_t>(count);
  }
  void was_free() noexcept override { report_.facts.was_free = true; }

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

ForkRunner::ForkRunner(SharedMemory& memory, const ExploreOptions& options, Threads threads)
    : report_(*static_cast<Report*>(memory.allocate(sizeof(Report), alignof(Report)))),
      most_steps_(options.steps),
      patience_(options.patience),
      threads_(threads) {}

const Result& ForkRunner::run(Strategy& strategy, bool tell, Learner& learner) {
  report_.clear();
  const int process = fork();
  if (process < 0) throw OSError(errno, "fork() of the program to be explored");
  if (process == 0) become_child(strategy, tell, learner);
  await(process);
  result_.race = {report_.facts.race, report_.race_text};
  result_.was_free = report_.facts.was_free;
  if (!report_.facts.over && !result_.failure) learn_of_end(strategy, learner);
  const auto choices =
      std::min<std::size_t>(report_.facts.choice_count, std::size(report_.choices));
  result_.choices.assign(report_.choices, report_.choices + choices);
  result_.digest = digest_of({report_.steps, steps_noted()});
  if (tell) result_.table = report_.facts.over ? report_.table : "";
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
  report.facts.kind = outcome.failure.kind;
  copy(report.text, outcome.failure.text);
  if (child->tell) {
    copy(report.table, table_of(outcome.rows, outcome.names));
    std::fflush(nullptr);
  }
  report.facts.over = true;
  _exit(0);
}

std::size_t ForkRunner::steps_noted() const noexcept {
  return std::min<std::size_t>(report_.facts.beats, std::size(report_.steps));
}

/// It was ended behind twill's back, by _exit(0) or another program: that is an end as well.
void ForkRunner::learn_of_end(Strategy& strategy, Learner& learner) {
  Outcome outcome;
  outcome.trace.assign(report_.steps, report_.steps + steps_noted());
  outcome.racing.assign(report_.places, report_.places + report_.facts.place_count);
  learner.learn(strategy, outcome);
}

/// What a child does too long that makes no step, until it ends; null if it did.
const char* ForkRunner::outstay(int process) {
  const auto handle = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  if (handle < 0) {
    const int error = errno;
    kill(process, SIGKILL);
    waitpid(process, nullptr, 0);
    throw OSError(error, "pidfd_open() of an execution");
  }
  clockid_t clock{};
  clock_getcpuclockid(process, &clock);
  Impatience impatience(process, process, clock, patience_);
  const char* does = nullptr;
  for (pollfd end{handle, POLLIN, 0}; does == nullptr;) {
    if (poll(&end, 1, impatience.milliseconds()) > 0) break;
    does = impatience.look(std::atomic_ref(report_.facts.beats).load(std::memory_order_relaxed));
  }
  close(handle);
  return does;
}

void ForkRunner::await(int process) {
  const char* const does = outstay(process);
  if (does != nullptr) kill(process, SIGKILL);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  result_.failure = {report_.facts.kind, report_.text};
  if (does != nullptr)
    result_.failure = {Finding::outside, "the program " + std::string(does) +
                                             " outside of twill, and has made no step for " +
                                             std::to_string(patience_.nanoseconds() / 1'000'000) +
                                             " ms: that cannot be explored"};
  else if (!report_.facts.over)
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
