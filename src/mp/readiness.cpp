#include "mp/readiness.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include <twill/park/self.hpp>
#include <twill/platform/error.hpp>

#include "park/wait.hpp"
#include "platform/descriptor.hpp"
#include "platform/poll.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::Outcome;

std::int64_t left_until(Deadline deadline) noexcept {
  if (deadline.is_passed()) return 0;
  if (deadline.is_never()) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(0,
                                deadline.nanoseconds() - Clock::now().time_since_epoch().count());
}

int poll_within(std::span<pollfd> descriptors, Deadline deadline) {
  const std::int64_t left = left_until(deadline);
  int ready = 0;
  if (left == 0) {
    ready = twill::detail::poll_for(0, descriptors);
  } else {
    const twill::detail::Blocking blocking(*twill::detail::context_of(twill::detail::self()));
    ready = twill::detail::poll_for(left, descriptors);
  }
  if (ready < 0) throw OSError(-ready, "poll()");
  return ready;
}

}  // namespace

Outcome await_ready(std::span<pollfd> descriptors, const twill::detail::Limits& limits) {
  if (limits.stop == nullptr || !limits.stop->stop_possible() || limits.deadline.is_passed())
    return poll_within(descriptors, limits.deadline) > 0 ? Outcome::ready : Outcome::timeout;
  const twill::detail::Descriptor event(twill::detail::make_event());
  if (!event) throw OSError(-event.number(), "eventfd()");
  std::vector<pollfd> all(descriptors.begin(), descriptors.end());
  all.push_back({event.number(), POLLIN, 0});
  const auto set = [&event] { twill::detail::set_event(event.number()); };
  const std::stop_callback<decltype(set)> stopping(*limits.stop, set);
  int ready = poll_within(all, limits.deadline);
  const bool stopped = all.back().revents != 0;
  if (stopped) --ready;
  std::copy(all.begin(), all.end() - 1, descriptors.begin());
  if (ready > 0) return Outcome::ready;
  return stopped ? Outcome::stopped : Outcome::timeout;
}

bool await_ready(int descriptor, short events, const twill::detail::Limits& limits) {
  pollfd one{descriptor, events, 0};
  const Outcome outcome = await_ready({&one, 1}, limits);
  if (outcome == Outcome::stopped) throw CancelledError("stop was requested during a wait");
  return outcome == Outcome::ready;
}

}  // namespace mp::detail
TWILL_END
