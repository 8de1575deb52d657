#pragma once

#include <twill/mp/semaphore.hpp>

TWILL_BEGIN
namespace mp {

/// A Semaphore between processes that never holds more permits than it began with: a release too
/// many throws ValueError and leaves the value (Python's multiprocessing.BoundedSemaphore).
class TWILL_API BoundedSemaphore : public Semaphore {
 public:
  explicit BoundedSemaphore(std::int64_t value = 1, SemaphoreOptions options = {},
                            std::source_location made = std::source_location::current())
      : Semaphore("BoundedSemaphore", value, value, std::move(options), made) {}

 private:
  friend struct detail::Offering;
  explicit BoundedSemaphore(detail::Arrival& from) : Semaphore("BoundedSemaphore", from) {}
};

}  // namespace mp
TWILL_END
