#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <twill/mp/process.hpp>
#include <twill/park/subject.hpp>

#include "park/word_lock.hpp"
#include "platform/descriptor.hpp"
#include "platform/process.hpp"

TWILL_BEGIN
namespace mp::detail {

class Invitation;

/// What all handles on one process share.
struct ProcessState final {
  /// | phase | meaning | set by |
  /// |---|---|---|
  /// | fresh | never started | the constructor; start(), if the system refused |
  /// | alive | being started, or running | start() |
  /// | ended | its end was seen, and for a child its code taken | whoever looks first |
  enum Phase : std::uint8_t { fresh, alive, ended };
  enum class Role : std::uint8_t { child, self, parent };

  ProcessState(Role role, std::string name, bool daemon);

  /// A handle that never joins.
  static Process handle(std::shared_ptr<ProcessState> state) { return Process(std::move(state)); }

  const int owner;  ///< the pid of the process that made it, in which alone it can be used

  twill::detail::atomic<std::uint32_t> handles{0};  ///< how many stem from the constructor
  std::unique_ptr<twill::detail::Target> target = nullptr;
  std::shared_ptr<Process> object = nullptr;
  std::optional<Crossing> call = std::nullopt;  ///< of a process that is not forked
  const Invitation* invitation = nullptr;       ///< while such a one is being started

  // Guarded by `processes`.
  Role role;
  Phase phase = fresh;
  bool closed = false;
  bool daemon;
  int pid = 0;
  twill::detail::End ending = {};  ///< of a child that has ended
  std::string name;
  std::string number;                                        ///< N, or N:M in a child
  std::shared_ptr<twill::detail::Descriptor> end = nullptr;  ///< open while somebody waits for it
};

using States = std::vector<std::shared_ptr<ProcessState>>;

/// Guards all of them and the lists; a fork holds it.
extern constinit twill::detail::WordLock processes;

/// Never null. That of the process that calls, and of the one that started it, if any.
const std::shared_ptr<ProcessState>& this_process();
std::shared_ptr<ProcessState> parent_of_this_process();

/// "N" or "N:M": the next child's.
std::string next_number();

/// Looks whether it has ended. `processes` is held.
bool look_for_end(ProcessState& state) noexcept;
/// Blocks until it has.
bool wait_for_end(ProcessState& state, const twill::detail::Limits& limits);
void join_quietly(ProcessState& state) noexcept;
void send(ProcessState& state, int signal);

/// Children that were started; `add` before the start, so that nothing may fail after it.
void add_child(const std::shared_ptr<ProcessState>& state);
void remove_child(const ProcessState& state) noexcept;
/// For one that nobody has a handle on any more.
void forget_ended(ProcessState& state) noexcept;
States live_children();

/// In the process that is `state`, before anything else: it was started by `parent`, of that name.
/// Waits until the start is complete; ends if the parent does first.
struct Origin {
  int parent;
  std::string name;
  bool daemon;
};
void settle(const std::shared_ptr<ProcessState>& state, const Origin& origin, int go,
            int lifeline) noexcept;
/// Then: makes the call, and ends as it says.
using Body = void (*)(void*);
[[noreturn]] void live(Body body, void* data) noexcept;

/// Takes back a child that was started just now. Answers `error`.
int refused(int pid, int error) noexcept;

/// Forks, or spawns; the child runs `process` and ends. Answers 0 or an errno.
int launch(const std::shared_ptr<ProcessState>& state, Process& process);

/// The program ends: daemons are told to, the others are waited for.
void end_children() noexcept;

}  // namespace mp::detail
TWILL_END
