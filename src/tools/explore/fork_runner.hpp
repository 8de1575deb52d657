#pragma once

#include "tools/explore/runner.hpp"
#include "tools/explore/shared_memory.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// The rest of this program is the body: each execution is that of a child, which leaves run() by
/// an exception and goes on to main().
class ForkRunner final : public Runner {
 public:
  /// Thrown in the child, to be caught where the program is to go on.
  struct GoOn {};

  ForkRunner(SharedMemory& memory, const ExploreOptions& options, Threads threads);
  const Result& run(Strategy& strategy, bool tell, Learner& learner) override;

 private:
  struct Report;
  class Recorder;
  struct Child;

  static Child* child;  ///< in a child

  [[noreturn]] void become_child(Strategy& strategy, bool tell, Learner& learner);
  std::size_t steps_noted() const noexcept;
  void learn_of_end(Strategy& strategy, Learner& learner);
  const char* outstay(int process);
  void await(int process);
  void note_end(int status);
  static void over(const Outcome& outcome);
  static void on_exit_of_program(int status, void*);

  Report& report_;
  const std::uint64_t most_steps_;
  const Timeout patience_;
  const Threads threads_;
  Result result_;
};

}  // namespace detail::explorer
TWILL_END
