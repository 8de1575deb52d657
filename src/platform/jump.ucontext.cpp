#include <new>
#include <ucontext.h>

#include "platform/jump.hpp"

// Where Boost.Context is missing: the same in C, which asks the kernel for the signal mask each
// time.

TWILL_BEGIN
namespace detail {
namespace {

thread_local Arrival under_way;  ///< for whom the jump goes to

struct Start {
  ucontext_t context;
  void (*entry)(Arrival);
};
thread_local void (*starting)(Arrival);

void begin() { starting(under_way); }

}  // namespace

void* first_position(std::byte* stack, std::size_t size, void (*entry)(Arrival)) noexcept {
  std::byte* const place = stack + (size - sizeof(Start)) / 64 * 64;
  Start* const start = new (place) Start{{}, entry};
  getcontext(&start->context);
  start->context.uc_stack.ss_sp = stack;
  start->context.uc_stack.ss_size = static_cast<std::size_t>(place - stack);
  start->context.uc_link = nullptr;
  makecontext(&start->context, begin, 0);
  return start;
}

Arrival jump_to(void* position, void* data) noexcept {
  Start here{{}, nullptr};
  under_way = {&here, data};
  auto* const there = static_cast<Start*>(position);
  if (there->entry != nullptr) starting = there->entry;
  swapcontext(&here.context, &there->context);
  return under_way;
}

}  // namespace detail
TWILL_END
