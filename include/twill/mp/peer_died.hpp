#pragma once

#include <memory>
#include <string>
#include <utility>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

/// A wait without timeout and stop_token that nothing could end any more: every other process that
/// had the object is gone, and the caller is the only thread of this one. Or a call of a manager
/// whose server has ended.
class TWILL_API PeerDied : public Error {
 public:
  using Error::Error;
};

/// The process (or thread) that held the lock died, and left what the lock guards as it was at that
/// instant. The caller holds the lock now, until the exception is destroyed:
///
///     try {
///       twill::Hold hold(lock);
///       ++*count;
///     } catch (mp::OwnerDied& dead) {
///       *count = count_again();      // under the lock
///       dead.recovered();            // who comes next gets it as usual
///     }
///
/// Without recovered(), who comes next gets OwnerDied as well. Of wait() of a condition, the caller
/// holds the lock after, too, as always. To be destroyed by the thread that caught it.
class TWILL_API OwnerDied : public Error {
 public:
  OwnerDied(const std::string& text, std::shared_ptr<void> guard, void (*mend)(void*) noexcept,
            void* lock)
      : Error(text), guard_(std::move(guard)), mend_(mend), lock_(lock) {}

  /// What the lock guards is whole again. Under the lock, by the thread that caught this.
  void recovered() noexcept { mend_(lock_); }

 private:
  std::shared_ptr<void> guard_;  ///< lets go of the lock
  void (*mend_)(void*) noexcept;
  void* lock_;
};

}  // namespace mp
TWILL_END
