#pragma once

#include <cstdint>

#include <twill/mp/offer.hpp>
#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace mp::detail {

/// This process's hold on the state of an object that processes share. The children that it forks
/// while it lives have one each, at the same address; the state goes with the last, also if that
/// process is killed. Throws OSError if there is no memory, RuntimeError at the 4097th object.
class TWILL_API Handle {
 public:
  enum class Kind : std::uint32_t { plain, barrier };

  explicit Handle(Kind kind = Kind::plain);
  /// On the state of an object of the process that started this one.
  explicit Handle(Arrival& from, Kind kind = Kind::plain)
      : block_(from.block(static_cast<std::uint32_t>(kind))) {}
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void* block() const noexcept { return block_; }
  void offer(Offer& to) const;

  /// Gives up this process's hold before the handle goes, and wakes the others if only one is left.
  /// Again: no effect.
  void drop() noexcept;
  bool is_dropped() const noexcept { return dropped_.load(twill::detail::seq_cst); }

 private:
  void* block_;
  twill::detail::atomic<bool> dropped_{false};
};

}  // namespace mp::detail
TWILL_END
