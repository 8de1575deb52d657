// Whose machine code is compared: with the explorer in the program, and without.
#include <twill/sync/lock.hpp>

#ifdef EXPLORED
#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>
#endif

extern "C" void pass(twill::Lock& lock) {
  lock.lock();
  lock.unlock();
}
