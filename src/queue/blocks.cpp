#include <twill/queue/blocks.hpp>

#include "platform/pages.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kFromSystem = 32 * 1024;
constexpr std::size_t kAtOnce = 256 * 1024;  ///< larger ones are filled slowly, or never

bool is_from_system(std::size_t bytes, std::size_t alignment) noexcept {
  return bytes >= kFromSystem && alignment <= kPageSize;
}

}  // namespace

void* take_block(std::size_t bytes, std::size_t alignment) noexcept {
  if (is_from_system(bytes, alignment)) return map_pages(bytes, bytes <= kAtOnce);
  return ::operator new(bytes, std::align_val_t{alignment}, std::nothrow);
}

void give_block(void* block, std::size_t bytes, std::size_t alignment) noexcept {
  if (is_from_system(bytes, alignment))
    unmap_pages(block, bytes);
  else
    ::operator delete(block, std::align_val_t{alignment});
}

}  // namespace detail
TWILL_END
