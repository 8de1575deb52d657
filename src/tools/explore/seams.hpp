#pragma once

#include "park/context.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// How the contexts of tasks wait and wake, and start others of their kind.
extern const ContextKind task_kind;

/// While one lives, the library tells the engine what its tasks do.
class Seams {
 public:
  Seams() noexcept;
  ~Seams();
  Seams(const Seams&) = delete;
  Seams& operator=(const Seams&) = delete;
};

}  // namespace detail::explorer
TWILL_END
