#include "model/fiber.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <sys/mman.h>

TWILL_BEGIN
namespace model {
namespace {

constexpr std::size_t kStackSize = std::size_t{256} << 10;
constexpr std::size_t kGuardSize = std::size_t{64} << 10;
constexpr std::uintptr_t kStacks = 0x2a00'0000'0000;

/// At the same place in every process, where that can be: objects on it hash to the same buckets,
/// so that a schedule replays.
void* make_stack(unsigned number) {
  auto* wanted = reinterpret_cast<void*>(kStacks + number * (kStackSize + kGuardSize));
  void* memory = mmap(wanted, kStackSize + kGuardSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, kGuardSize, PROT_NONE) != 0) {
    std::perror("no stack for a fiber");
    std::abort();
  }
  return static_cast<char*>(memory) + kGuardSize;
}

}  // namespace

void Fiber::prepare(void (*entry)()) {
  if (stack_ == nullptr) {
    stack_ = make_stack(number_);
    getcontext(&context_);
  }
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = kStackSize;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
  exceptions_ = {};
  begun_ = false;
}

void Fiber::switch_to(Fiber& other) noexcept {
  auto* exceptions = reinterpret_cast<void*>(abi::__cxa_get_globals());
  std::memcpy(&exceptions_, exceptions, sizeof exceptions_);
  std::memcpy(exceptions, &other.exceptions_, sizeof exceptions_);
  if (_setjmp(here_) != 0) return;  // a jump asks the kernel for nothing, a swapcontext() does
  if (other.begun_) _longjmp(other.here_, 1);
  other.begun_ = true;
  setcontext(&other.context_);
}

}  // namespace model
TWILL_END
