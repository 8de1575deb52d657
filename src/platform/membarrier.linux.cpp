#include "platform/membarrier.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/fault.hpp"

TWILL_BEGIN
namespace detail {
namespace {

long membarrier(int command) noexcept {
  if (fault(Fault::membarrier)) return -1;
  return syscall(SYS_membarrier, command, 0, 0);
}

}  // namespace

bool probe_membarrier() noexcept {
  const long offered = membarrier(MEMBARRIER_CMD_QUERY);
  return offered > 0 && (offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 &&
         membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

void heavy_barrier() noexcept { membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }

}  // namespace detail
TWILL_END
