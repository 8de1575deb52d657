#pragma once

#include <twill/sync/semaphore.hpp>

TWILL_BEGIN

/// A Semaphore that never holds more permits than it began with: a release too many throws
/// ValueError and leaves the value (Python's threading.BoundedSemaphore). In all else a Semaphore,
/// its constructor's errors included.
class TWILL_API BoundedSemaphore : public Semaphore {
 public:
  explicit BoundedSemaphore(std::int64_t value = 1, SemaphoreOptions options = {},
                            std::source_location made = std::source_location::current())
      : Semaphore("BoundedSemaphore", value, value, std::move(options), made) {}
};

TWILL_END
