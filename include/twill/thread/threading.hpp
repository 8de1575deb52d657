#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <twill/thread/thread.hpp>

TWILL_BEGIN

/// The thread that calls: equal to the handle that start() was called on. A thread that twill did
/// not start is given a dummy, "Dummy-N", a daemon that cannot be joined. Never blocks.
TWILL_API Thread current_thread();

/// The thread that the process began with; after a fork, the one that forked. Any thread may call
/// what is here, and none of it blocks for more than the moment of another's call.
TWILL_API Thread main_thread();

/// All threads that are alive, oldest first: main, started ones, daemons, dummies. Raw threads and
/// those of others are not known until they call current_thread().
TWILL_API std::vector<Thread> enumerate();

/// How many enumerate() would list.
TWILL_API std::size_t active_count() noexcept;

/// A number that no other live thread has; never 0.
TWILL_API std::uint64_t get_ident() noexcept;

/// The kernel's number of the calling thread.
TWILL_API std::int64_t get_native_id() noexcept;

/// The size of the stacks of threads started from now on, in bytes; 0 = what the system gives.
TWILL_API std::int64_t stack_size() noexcept;
/// Sets it and answers the old one; the system rounds up to whole pages. Throws ValueError for less
/// than 32 KiB or less than the system needs, 0 excepted.
TWILL_API std::int64_t stack_size(std::int64_t bytes);

/// How many threads this process can have at work at a time (Python's os.process_cpu_count), at
/// least 1: as many as processors that the calling thread may run on, or as the control groups of
/// the process have time for, rounded up; the environment variable TWILL_CPU_COUNT overrides both.
/// What pools go by that were not told.
TWILL_API int process_cpu_count() noexcept;

TWILL_END
