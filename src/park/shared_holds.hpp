#pragma once

#include "park/context.hpp"

TWILL_BEGIN
namespace detail {

/// What a context holds shared. Written by the context itself, read by any walk and by any writer.

/// Notes a hold; null if there are too many already.
inline SharedHold* note_shared(Context& context, const void* object, const void* site,
                               bool biased) noexcept {
  for (SharedHold& hold : context.shared) {
    if (hold.object.load(relaxed) != nullptr) continue;
    hold.site.store(site, relaxed);
    hold.biased.store(biased, relaxed);
    hold.object.store(object, release);
    return &hold;
  }
  return nullptr;
}

inline SharedHold* find_shared(Context& context, const void* object) noexcept {
  for (SharedHold& hold : context.shared)
    if (hold.object.load(relaxed) == object) return &hold;
  return nullptr;
}

/// Whether any context holds `object` without being counted in it. Only meaningful after a
/// heavy_barrier().
bool held_by_bias(const void* object) noexcept;

}  // namespace detail
TWILL_END
