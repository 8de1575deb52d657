#pragma once

#include <cstdint>
#include <string>

#include <twill/tools/explore.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// The explorations of a process, counted from 1.
std::uint64_t next_number() noexcept;

/// What the environment asks the exploration of that number to replay; or nothing.
std::string asked_replay_of(std::uint64_t number);

/// What to type so that the program, as it was started, replays that.
std::string command_to_replay(std::uint64_t number, const std::string& replay);

/// The same by `twill explore`.
std::string command_to_explore(const ExploreOptions& options, const std::string& replay);

}  // namespace detail::explorer
TWILL_END
