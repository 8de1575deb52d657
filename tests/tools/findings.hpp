#pragma once

#include <twill/platform/error.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>

/// A body for each kind of finding. They are no inline functions, since libbacktrace does not find
/// the lines of some that several files contain.
namespace findings {

using namespace twill;

extern const unsigned kCheckFails;  ///< the line before
void check_fails();
void throws();
void races();
void deadlocks();
void loses_a_wake_up();
/// Readers who lock writers out, and of whom one is always there.
void starves();
/// Two who let each other go first.
void livelocks();
void leaks();
void depends_on_the_past();

}  // namespace findings
