#include <twill/task/parallel_map.hpp>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace detail {

void Cut::rethrow() const {
  if (!is_over_.load(relaxed)) return;
  if (stop_.stop_requested()) throw CancelledError("stop was requested while a map was made");
  throw_timeout();
}

void Cut::throw_timeout() const { throw TimeoutError("a map was not done in time"); }

}  // namespace detail
TWILL_END
