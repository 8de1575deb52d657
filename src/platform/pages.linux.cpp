#include "platform/pages.hpp"

#include <sys/mman.h>

TWILL_BEGIN
namespace detail {

void* map_pages(std::size_t bytes, bool at_once) noexcept {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at_once ? MAP_POPULATE : 0);
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

void unmap_pages(void* pages, std::size_t bytes) noexcept { munmap(pages, bytes); }

}  // namespace detail
TWILL_END
