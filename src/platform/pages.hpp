#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

inline constexpr std::size_t kPageSize = 4096;  ///< the smallest that the system has

/// Zeroed memory of its own from the system; null if there is none. `at_once`: it is all there from
/// the beginning, else page by page as it is touched.
void* map_pages(std::size_t bytes, bool at_once) noexcept;
void unmap_pages(void* pages, std::size_t bytes) noexcept;

}  // namespace detail
TWILL_END
