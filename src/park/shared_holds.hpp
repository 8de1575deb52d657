#pragma once

#include "park/context.hpp"

TWILL_BEGIN
namespace detail {

/// What a context holds shared. Written by the context itself, read by any walk. A hold too many is
/// not noted.
inline void note_shared(Context& context, const void* object, const void* site) noexcept {
  for (SharedHold& hold : context.shared) {
    if (hold.object.load(relaxed) != nullptr) continue;
    hold.site.store(site, relaxed);
    hold.object.store(object, release);
    return;
  }
}

inline void forget_shared(Context& context, const void* object) noexcept {
  for (SharedHold& hold : context.shared) {
    if (hold.object.load(relaxed) != object) continue;
    hold.object.store(nullptr, relaxed);
    return;
  }
}

inline bool holds_shared(const Context& context, const void* object) noexcept {
  for (const SharedHold& hold : context.shared)
    if (hold.object.load(relaxed) == object) return true;
  return false;
}

}  // namespace detail
TWILL_END
