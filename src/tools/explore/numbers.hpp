#pragma once

#include <cstdint>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// Numbers the addresses of one execution, 1, 2, 3, ..., in the order in which they come up: the
/// same in each process. Forgets them all at once, for nothing.
class Numbers {
 public:
  void forget() noexcept {
    ++generation_;
    count_ = 0;
    used_ = 0;
  }

  /// 0 for null, and for those that come too late.
  std::uint16_t of(const void* address) {
    if (address == nullptr) return 0;
    const Slot& likely = slots_[hash(address) & (slots_.size() - 1)];
    if (likely.address == address && likely.generation == generation_) [[likely]]
      return likely.number;
    return slot_of(address).number;
  }

  /// Something new stands at the address.
  void renew(const void* address) {
    const std::size_t known = used_;
    Slot& slot = slot_of(address);
    if (used_ == known) slot.number = next();
  }

 private:
  struct Slot {
    const void* address = nullptr;
    std::uint32_t generation = 0;
    std::uint16_t number = 0;
  };

  std::uint16_t next() noexcept { return count_ == 0xffff ? 0 : ++count_; }

  [[gnu::noinline]] Slot& slot_of(const void* address) {
    for (std::size_t at = hash(address);; ++at) {
      Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.generation == generation_ && slot.address == address) return slot;
      if (slot.generation == generation_) continue;
      if (++used_ > slots_.size() / 2) return grow(), slot_of(address);
      slot = {address, generation_, next()};
      return slot;
    }
  }

  static std::size_t hash(const void* address) noexcept {
    return (reinterpret_cast<std::uintptr_t>(address) * 0x9E3779B97F4A7C15u) >> 40;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.generation != generation_) continue;
      std::size_t at = hash(slot.address);
      while (slots_[at & (slots_.size() - 1)].generation == generation_) ++at;
      slots_[at & (slots_.size() - 1)] = slot;
    }
  }

  std::vector<Slot> slots_{64};
  std::uint32_t generation_ = 1;
  std::uint16_t count_ = 0;
  std::size_t used_ = 0;
};

}  // namespace detail::explorer
TWILL_END
