// A process that is the program started once more.

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

#include <twill/platform/error.hpp>

#include "mp/note.hpp"
#include "mp/spawned.hpp"
#include "platform/main_entry.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::Descriptor;

namespace {

constexpr const char* kSetting = "TWILL_SPAWN";

constinit int note_file = -1;

/// A descriptor's number, or -1.
int number_in(std::string_view text) noexcept {
  int number = -1;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end ? number : -1;
}

int run_spawned() { live_by({Descriptor(note_file)}); }

/// Before the static objects of the program, and for it alone: what those start is not ours.
[[gnu::constructor(105)]] void look_for_note() noexcept {
  const char* const text = secure_getenv(kSetting);
  if (text == nullptr) return;
  note_file = number_in(text);
  unsetenv(kSetting);
  fcntl(note_file, F_SETFD, FD_CLOEXEC);
  twill::detail::replace_main(run_spawned);
}

}  // namespace

int spawn(const ProcessState& state, int go, int lifeline, int more) {
  if (const char* const why = twill::detail::why_not_again())
    throw RuntimeError("start() of " + state.name +
                       ": this program cannot start itself anew, for " + why + "; or fork");
  std::vector<int> keep = files_for(state);
  const Descriptor note(make_note(state, go, lifeline, keep));
  if (!note) return note.number();
  const std::string setting = std::string(kSetting) + '=' + std::to_string(note.number());
  keep.insert(keep.end(), {note.number(), go, lifeline, more});
  return twill::detail::start_this_program(setting.c_str(), keep);
}

}  // namespace mp::detail
TWILL_END
