#include <boost/context/detail/fcontext.hpp>

#include "platform/jump.hpp"

TWILL_BEGIN
namespace detail {
namespace {

namespace context = boost::context::detail;

// One layout: the entry is called by the assembly with what boost calls a transfer_t.
static_assert(sizeof(Arrival) == sizeof(context::transfer_t) &&
              offsetof(Arrival, from) == offsetof(context::transfer_t, fctx) &&
              offsetof(Arrival, data) == offsetof(context::transfer_t, data));

}  // namespace

void* first_position(std::byte* stack, std::size_t size, void (*entry)(Arrival)) noexcept {
  auto* const same =
      reinterpret_cast<void (*)(context::transfer_t)>(reinterpret_cast<void*>(entry));
  return context::make_fcontext(stack + size, size, same);
}

Arrival jump_to(void* position, void* data) noexcept {
  const context::transfer_t arrival = context::jump_fcontext(position, data);
  return {arrival.fctx, arrival.data};
}

}  // namespace detail
TWILL_END
