#include "mp/note.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <twill/mp/serialize.hpp>
#include <twill/platform/error.hpp>

#include "mp/invitation.hpp"
#include "platform/code_place.hpp"
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

struct Note {
  std::string name;
  std::string number;
  bool daemon = false;
  std::int32_t parent = 0;
  std::string parent_name;
  bool parent_daemon = false;
  std::int32_t go = -1;
  std::int32_t lifeline = -1;
  std::vector<std::int32_t> descriptors;
  std::uint32_t of_call = 0;  ///< how many of these are the call's
  std::int32_t seat = -1;     ///< -1: nothing is offered
  std::vector<Offer> offers;
  CodePlace enter;
  std::vector<std::byte> parts;
};

using Enter = void (*)(std::span<const std::byte>);

/// Throws DecodeError, and RuntimeError if it is no note.
Note read_note(const Descriptor& file) {
  struct stat status;
  if (fstat(file.number(), &status) != 0 ||
      !twill::detail::is_parcel(file.number(), static_cast<std::size_t>(status.st_size)))
    throw RuntimeError("it is no descriptor of memory");
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  if (!twill::detail::unpack_parcel(file.number(), bytes))
    throw RuntimeError("a part of it is gone");
  return from_bytes<Note>(bytes);
}

std::vector<int> call_descriptors;

/// Those of the offers, as they are numbered here, follow those of the call and that of the seat.
void take_up_offers(Note& note) {
  if (note.seat < 0) return;
  auto next = note.descriptors.begin();
  const auto take = [&] {
    if (next == note.descriptors.end())
      throw DecodeError("a descriptor of a shared object is gone");
    return *next++;
  };
  Descriptor file(take());
  for (Offer& offer : note.offers)
    for (std::int32_t& each : offer.files) each = take();
  accept_invitation(note.seat, std::move(file));
  receive_offers(std::move(note.offers));
}

void make_call(void* data) {
  Note& note = *static_cast<Note*>(data);
  take_up_offers(note);
  const auto enter = reinterpret_cast<Enter>(twill::detail::function_at(note.enter));
  enter(note.parts);
}

/// Those that came over an exec are to end with the next.
Descriptor own(Descriptor given, int inherited) noexcept {
  if (given || inherited < 0) return given;
  fcntl(inherited, F_SETFD, FD_CLOEXEC);
  return Descriptor(inherited);
}

}  // namespace

const std::vector<int>& given_descriptors() noexcept { return call_descriptors; }

std::vector<int> files_for(const ProcessState& state) {
  std::vector<int> files = state.call->descriptors;
  if (state.invitation == nullptr) return files;
  files.push_back(state.invitation->file());
  for (const Offer& offer : state.call->offers)
    files.insert(files.end(), offer.files.begin(), offer.files.end());
  return files;
}

int make_note(const ProcessState& state, int go, int lifeline, std::vector<int> descriptors) {
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
                  std::move(descriptors),
                  static_cast<std::uint32_t>(state.call->descriptors.size()),
                  state.invitation != nullptr ? state.invitation->seat() : -1,
                  state.call->offers,
                  twill::detail::place_of(enter),
                  state.call->parts};
  return twill::detail::make_parcel(to_bytes(note));
}

void live_by(NoteFiles files, std::vector<int> descriptors) noexcept {
  static Note note;
  try {
    note = read_note(files.note);
    files.note = {};
    const auto state =
        std::make_shared<ProcessState>(ProcessState::Role::self, note.name, note.daemon);
    state->number = note.number;
    const Descriptor go = own(std::move(files.go), note.go);
    static Descriptor lifeline;  // stays open for as long as this process lives
    lifeline = own(std::move(files.lifeline), note.lifeline);
    for (const int file : note.descriptors) fcntl(file, F_SETFD, FD_CLOEXEC);
    if (!descriptors.empty()) note.descriptors = std::move(descriptors);
    const auto of_call = note.descriptors.begin() +
                         std::min<std::ptrdiff_t>(note.of_call, std::ssize(note.descriptors));
    call_descriptors.assign(note.descriptors.begin(), of_call);
    note.descriptors.erase(note.descriptors.begin(), of_call);
    settle(state, {note.parent, note.parent_name, note.parent_daemon}, go.number(),
           lifeline.number());
  } catch (const std::exception& error) {
    twill::detail::write_over(
        STDERR_FILENO,
        std::string("twill: TWILL_SPAWN stands for no process that twill started: ") +
            error.what() + '\n');
    _exit(1);
  }
  live(make_call, &note);
}

}  // namespace mp::detail
TWILL_END
