#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// How a process begins. In front of the other arguments of Process:
///
///     twill::mp::Process process(twill::mp::spawn, adder, 1, 2);
///
/// Left out, it is a fork: the child has a copy of all memory, so any callable will do, but of all
/// threads it has only the one that forked. What another thread had locked at that instant stays
/// locked, so fork while there are no others, or none that could hold what the child needs.
struct Spawn {};

/// The child is the program, started once more; its static objects are made anew, and in place of
/// main() it runs the callable. At any time, from any thread. What cannot cross to it is a compile
/// error: the callable is a function, a lambda without captures, or an object that can be sent, as
/// are the arguments.
inline constexpr Spawn spawn{};

}  // namespace mp
TWILL_END
