#include <twill/mp/wait.hpp>

#include <cerrno>
#include <string>

#include <twill/platform/error.hpp>

#include "mp/readiness.hpp"

TWILL_BEGIN
namespace mp::detail {

std::vector<std::size_t> ready_of(std::span<const int> descriptors,
                                  const twill::detail::Patience& patience) {
  std::vector<pollfd> all;
  for (const int descriptor : descriptors) {
    if (descriptor < 0)
      throw OSError(EBADF, "wait() for the descriptor " + std::to_string(descriptor));
    all.push_back({descriptor, POLLIN, 0});
  }
  const twill::detail::Limits limits = patience.limits();
  if (all.empty() && limits.unbounded()) throw ValueError("wait() for nothing, for ever");
  if (await_ready(all, limits) == twill::detail::Outcome::stopped)
    throw CancelledError("stop was requested during a wait()");
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((all[i].revents & POLLNVAL) != 0)
      throw OSError(EBADF, "wait() for the descriptor " + std::to_string(all[i].fd));
    if (all[i].revents != 0) ready.push_back(i);
  }
  return ready;
}

}  // namespace mp::detail
TWILL_END
