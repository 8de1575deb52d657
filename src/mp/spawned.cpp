// A process that is the program started once more: what its parent writes, and what it does.

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <twill/mp/serialize.hpp>
#include <twill/platform/error.hpp>

#include "mp/process_state.hpp"
#include "platform/code_place.hpp"
#include "platform/main_entry.hpp"
#include "platform/parcel.hpp"
#include "thread/print_over.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::CodePlace;
using twill::detail::Descriptor;

std::vector<std::byte> bytes_of_function(void (*function)()) {
  return to_bytes(twill::detail::place_of(function));
}

void (*function_of_bytes(const std::vector<std::byte>& bytes))() {
  return twill::detail::function_at(from_bytes<CodePlace>(bytes));
}

namespace {

constexpr const char* kSetting = "TWILL_SPAWN";

/// What the new process has to know. Descriptors are numbers: it has got the same.
struct Note {
  std::string name;
  std::string number;
  bool daemon = false;
  std::int32_t parent = 0;
  std::string parent_name;
  bool parent_daemon = false;
  std::int32_t go = -1;
  std::int32_t lifeline = -1;
  CodePlace enter;
  std::vector<std::byte> parts;
};

using Enter = void (*)(std::span<const std::byte>);

constinit int note_file = -1;

/// Throws DecodeError, and RuntimeError if there is none.
Note read_note() {
  const Descriptor file(note_file);
  struct stat status;
  if (fstat(file.number(), &status) != 0 ||
      !twill::detail::is_parcel(file.number(), static_cast<std::size_t>(status.st_size)))
    throw RuntimeError(std::string(kSetting) + " stands for no process that twill started");
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  if (!twill::detail::unpack_parcel(file.number(), bytes))
    throw RuntimeError("what a process was started with is cut off");
  return from_bytes<Note>(bytes);
}

void make_call(void* data) {
  const Note& note = *static_cast<const Note*>(data);
  const auto enter = reinterpret_cast<Enter>(twill::detail::function_at(note.enter));
  enter(note.parts);
}

int run_spawned() {
  static Note note;
  try {
    note = read_note();
  } catch (const Error& error) {
    twill::detail::write_over(STDERR_FILENO, std::string("twill: ") + error.what() + '\n');
    _exit(1);
  }
  for (const int file : {note.go, note.lifeline})
    if (file >= 0) fcntl(file, F_SETFD, FD_CLOEXEC);
  const auto state =
      std::make_shared<ProcessState>(ProcessState::Role::self, note.name, note.daemon);
  state->number = note.number;
  settle(state, {note.parent, note.parent_name, note.parent_daemon}, note.go, note.lifeline);
  close(note.go);
  live(make_call, &note);
}

/// Before the static objects of the program, and for it alone: what it starts is not ours.
[[gnu::constructor]] void look_for_note() noexcept {
  const char* const file = secure_getenv(kSetting);
  if (file == nullptr) return;
  note_file = std::atoi(file);
  unsetenv(kSetting);
  fcntl(note_file, F_SETFD, FD_CLOEXEC);
  twill::detail::replace_main(run_spawned);
}

}  // namespace

int spawn(const ProcessState& state, int go, int lifeline) {
  const auto self = this_process();
  const auto enter = reinterpret_cast<void (*)()>(state.call->enter);
  const Note note{state.name,
                  state.number,
                  state.daemon,
                  getpid(),
                  self->name,
                  self->daemon,
                  go,
                  lifeline,
                  twill::detail::place_of(enter),
                  state.call->parts};
  const Descriptor file(twill::detail::make_parcel(to_bytes(note)));
  if (!file) return file.number();
  const std::string setting = std::string(kSetting) + '=' + std::to_string(file.number());
  std::vector<int> keep = state.call->descriptors;
  keep.insert(keep.end(), {file.number(), go});
  if (lifeline >= 0) keep.push_back(lifeline);
  return twill::detail::start_this_program(setting.c_str(), keep);
}

}  // namespace mp::detail
TWILL_END
