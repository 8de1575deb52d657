#include "platform/futex.hpp"

#include <limits>

#include "model/engine.hpp"

TWILL_BEGIN
namespace detail {
namespace {

FutexResult wait(model::Cell cell, std::uint32_t expected, std::int64_t until) noexcept {
  if (!model::exploring) return FutexResult::woken;  // the caller looks again
  switch (model::engine.sleep(cell, expected, until)) {
    case model::Awakening::timeout:
      return FutexResult::timeout;
    case model::Awakening::interrupted:
      return FutexResult::interrupted;
    default:
      return FutexResult::woken;
  }
}

template <class T>
model::Cell cell_of(const atomic<T>& word) noexcept {
  return {const_cast<atomic<T>*>(&word), sizeof(T)};
}

}  // namespace

FutexResult futex_wait(const atomic<std::uint64_t>& word, std::uint64_t expected,
                       std::int64_t until) noexcept {
  return wait(cell_of(word), static_cast<std::uint32_t>(expected), until);
}

void futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
  wait(cell_of(word), expected, std::numeric_limits<std::int64_t>::max());
}

void futex_wake(const atomic<std::uint64_t>& word) noexcept {
  if (model::exploring) model::engine.wake(cell_of(word));
}

void futex_wake(const atomic<std::uint32_t>& word) noexcept {
  if (model::exploring) model::engine.wake(cell_of(word));
}

}  // namespace detail
TWILL_END
