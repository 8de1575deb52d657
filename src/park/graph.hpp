#pragma once

#include "park/wait.hpp"

TWILL_BEGIN
namespace detail {

/// Walks from the published wait of the calling context along owner -> waits for -> owner. If the
/// walk comes back, and a second one finds every epoch and every owner unchanged, one victim's wait
/// is ended.
void find_deadlock(const Wait& wait, const void* key) noexcept;

/// Counts the waits for owners that are being published, so that a thread that ends need not look
/// for them if there are none. A wait counts itself first, then looks whether its owner is alive.
class WaitForOwner {
 public:
  explicit WaitForOwner(const Subject& subject) noexcept;
  ~WaitForOwner();
  WaitForOwner(const WaitForOwner&) = delete;
  WaitForOwner& operator=(const WaitForOwner&) = delete;

 private:
  const bool counts_;
};

/// A context has ended: ends the waits for what it still owns, with OwnerVanished.
void owner_ended(std::uint32_t id) noexcept;

/// find_deadlock() for a wait that has lasted for a while, and with guesses: whoever did last what
/// a wait is for is needed once more. Only among waits that had begun when this one began, so that
/// of a cycle the last to come finds it. What is found is printed as suspected.
void find_suspects(const Wait& wait) noexcept;

/// In the child of a fork: nobody is being elected.
void graph_after_fork() noexcept;

/// Called between the two passes of find_deadlock(); for tests.
extern void (*between_passes)() noexcept;

}  // namespace detail
TWILL_END
