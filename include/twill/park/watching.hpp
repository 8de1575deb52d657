#pragma once

#include <cstdint>

#include <twill/park/observer.h>
#include <twill/park/self.hpp>
#include <twill/park/subject.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// The bit of a state word that sends every operation down the slow path, where the observer is
/// told.
inline constexpr std::uint64_t kWatchedBit = std::uint64_t{1} << 33;

/// Whether an observer is installed: objects made now are born watched.
extern TWILL_API atomic<bool> watching;

constexpr std::uint64_t born() noexcept {
  if (__builtin_is_constant_evaluated()) return 0;
  return watching.load(relaxed) ? kWatchedBit : 0;
}

/// What taking something is called: an attempt, or a wait.
constexpr twill_operation taking(const Limits& limits) noexcept {
  return limits.deadline.is_passed() ? TWILL_TRY_ACQUIRE : TWILL_ACQUIRE;
}

/// Tells the observer, and the overseer, of an operation that begins now and that `limits` bound.
/// For slow paths of watched objects, and before every sleep.
TWILL_API void observe(twill_operation operation, const Subject& subject,
                       const Limits* limits = nullptr) noexcept;

/// While one lives, what its thread does is a part of an operation that observers know of already;
/// `false`: is not, though a bigger one lasts.
class TWILL_API PartOfOperation {
 public:
  explicit PartOfOperation(bool is_part = true) noexcept;
  ~PartOfOperation();
  PartOfOperation(const PartOfOperation&) = delete;
  PartOfOperation& operator=(const PartOfOperation&) = delete;

 private:
  bool before_;
};

/// An observer in this library: it sees what an operation is about, too.
struct Overseer {
  void (*sees)(twill_operation operation, const Subject& subject, const Limits* limits);
};

/// Installs an overseer, or takes it away (null). As for twill_observe(), objects made meanwhile
/// are born watched.
void oversee(const Overseer* overseer) noexcept;

}  // namespace detail
TWILL_END
