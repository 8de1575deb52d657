#include "platform/fiber.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <utility>

#include "platform/carrier.hpp"
#include "platform/jump.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kStackSize = std::size_t{256} << 10;
constexpr std::size_t kGuardSize = std::size_t{64} << 10;
constexpr std::uintptr_t kStacks = 0x2a00'0000'0000;

/// At the same place in every process, where that can be: objects on it hash to the same buckets,
/// so that a schedule replays.
std::byte* make_stack(unsigned number) {
  auto* wanted = reinterpret_cast<void*>(kStacks + number * (kStackSize + kGuardSize));
  void* memory = mmap(wanted, kStackSize + kGuardSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, kGuardSize, PROT_NONE) != 0) {
    std::perror("no stack for a fiber");
    std::abort();
  }
  return static_cast<std::byte*>(memory) + kGuardSize;
}

}  // namespace

/// Who jumps, and to whom.
struct Fiber::Move {
  Fiber& from;
  Fiber& to;

  /// On the other side.
  void finish(Arrival arrival) const noexcept {
    from.position_ = arrival.from;
    to.annotations_.arrives_from(from.annotations_);
  }
  static void begin(Arrival arrival) {
    const Move move = *static_cast<Move*>(arrival.data);
    move.finish(arrival);
    move.to.entry_(move.to.argument_);
    std::abort();  // it never returns
  }
};

Fiber::~Fiber() {
  annotations_.ends();
  if (stack_ != nullptr) munmap(stack_ - kGuardSize, kStackSize + kGuardSize);
}

void Fiber::prepare(unsigned number, void (*entry)(void*), void* argument) {
  if (stack_ == nullptr) stack_ = make_stack(number);
  entry_ = entry;
  argument_ = argument;
  position_ = first_position(stack_, kStackSize, Move::begin);
  exceptions_ = {};
  annotations_.begins(stack_, kStackSize);
}

void Fiber::switch_to(Fiber& other) noexcept {
  if (other.carrier_ == carrier_) [[likely]]
    return jump(other);
  other.carrier_->resume(other);
  Fiber& next = carrier_->await();
  if (&next != this) jump(next);
}

void Fiber::jump(Fiber& other) noexcept {
  exceptions_ = std::exchange(exception_state(), other.exceptions_);
  Move move{*this, other};
  annotations_.leaves_for(other.annotations_);
  const Arrival arrival = jump_to(other.position_, &move);
  static_cast<Move*>(arrival.data)->finish(arrival);
}

}  // namespace detail
TWILL_END
