#pragma once

#include <vector>

#include <twill/mp/offer.hpp>

#include "platform/descriptor.hpp"

TWILL_BEGIN
namespace mp::detail {

/// A seat for a process that is being started and is no fork, but will share objects.
///
/// 1. The parent starts it and ends.  2. A waiter finds that the parent is gone and nobody else is
/// there.  3. The process makes its call, and would share the object. So it has its seat before it
/// exists, as a fork has (family.cpp), and uses what it is offered from then on.
///
/// Until it sits, what tells that it lives is a claim on the seat's byte in the arena's file: the
/// lock of a file description, of which the parent and the process have one descriptor each, and
/// for a while the server between them. The parent closes its own before the process may go on:
/// if that is killed then, or any of them before, nobody is left with the claim, and whoever looks
/// clears the seat away. A fork meanwhile, by another thread, has a descriptor as well: its first
/// act is to close it.
class Invitation {
 public:
  /// Throws RuntimeError if there is no seat, or an object is gone.
  explicit Invitation(const std::vector<Offer>& offers);
  ~Invitation();
  Invitation(const Invitation&) = delete;
  Invitation& operator=(const Invitation&) = delete;

  int seat() const noexcept { return seat_; }
  /// The arena's, with the claim.
  int file() const noexcept { return claim_; }

  /// In the child of a fork, for all of the parent's.
  static void close_all() noexcept;

 private:
  int seat_ = -1;
  int claim_ = -1;
  Invitation* next_ = nullptr;
};

/// In the process that was invited, before anything else: it sits down there, and has the arena.
/// Throws DecodeError if it is none, RuntimeError if this process has made one of its own.
void accept_invitation(int seat, twill::detail::Descriptor file);

/// From here on next_offer() answers these.
void receive_offers(std::vector<Offer> offers) noexcept;

}  // namespace mp::detail
TWILL_END
