#pragma once

#include "mp/process_state.hpp"
#include "platform/descriptor.hpp"

TWILL_BEGIN
namespace mp::detail {

/// A note tells a process that is no fork of its parent who it is and what it is to call.

/// The descriptors that the process `state` is given: those of its call, and what it needs for the
/// objects that it shares.
std::vector<int> files_for(const ProcessState& state);

/// The note for the process `state`, in memory that the descriptor stands for; `go` and `lifeline`
/// are descriptors of the process that will read it, as is what files_for() answers. Or -errno.
/// Throws RuntimeError if the call has no place that can be named.
int make_note(const ProcessState& state, int go, int lifeline, std::vector<int> descriptors);

/// Descriptors for the reader of a note: `go` and `lifeline` count if they came with it, and not
/// what it says.
struct NoteFiles {
  twill::detail::Descriptor note;
  twill::detail::Descriptor go = {};
  twill::detail::Descriptor lifeline = {};
};

/// Is the process that the note describes. Ends at once, and says why, if there is no such note.
/// `descriptors` are the call's, if they came with it.
[[noreturn]] void live_by(NoteFiles files, std::vector<int> descriptors = {}) noexcept;

}  // namespace mp::detail
TWILL_END
