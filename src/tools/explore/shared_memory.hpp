#pragma once

#include <cerrno>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <sys/mman.h>

#include <twill/platform/abi.hpp>
#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// Memory that this process and its forked children have in common, at one address. Nothing is
/// given back before the processes end.
class SharedMemory final : public std::pmr::memory_resource {
 public:
  SharedMemory()
      : next_(static_cast<std::byte*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (next_ == MAP_FAILED) throw OSError(errno, "4 GiB of addresses for the search");
    end_ = next_ + kSize;
  }

  /// In itself, so that all see what any of them allocates.
  static SharedMemory& create() {
    SharedMemory first;
    return *new (first.allocate(sizeof first, alignof(SharedMemory))) SharedMemory(first);
  }

 private:
  static constexpr std::size_t kSize = std::size_t{4} << 30;

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const auto address = reinterpret_cast<std::uintptr_t>(next_);
    next_ += (address + alignment - 1) / alignment * alignment - address;
    if (bytes > static_cast<std::size_t>(end_ - next_)) throw std::bad_alloc();
    void* const memory = next_;
    next_ += bytes;
    return memory;
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::byte* next_;
  std::byte* end_;
};

}  // namespace detail::explorer
TWILL_END
