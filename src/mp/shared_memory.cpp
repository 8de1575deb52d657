#include <twill/mp/shared_memory.hpp>

#include <utility>

#include <twill/platform/error.hpp>

#include "platform/memory_file.hpp"

TWILL_BEGIN
namespace mp {
namespace {

std::size_t checked(std::size_t size) {
  if (size == 0) throw ValueError("shared memory of 0 bytes cannot be made");
  return size;
}

}  // namespace

SharedMemory::SharedMemory(std::string name, int file, std::size_t size)
    : name_(std::move(name)), size_(size) {
  try {
    bytes_ = {static_cast<std::byte*>(twill::detail::map_memory_file(file, size)), size};
  } catch (...) {
    twill::detail::close_memory_file(file);
    throw;
  }
  twill::detail::close_memory_file(file);
}

SharedMemory::SharedMemory(std::size_t size)
    : SharedMemory({}, twill::detail::make_memory_file("twill", checked(size)), size) {}

SharedMemory::SharedMemory(std::string name, std::size_t size)
    : SharedMemory(name, twill::detail::make_named_memory(name, checked(size)), size) {}

SharedMemory SharedMemory::attach(std::string name) {
  std::size_t size = 0;
  const int file = twill::detail::open_named_memory(name, size);
  return {std::move(name), file, size};
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : name_(std::move(other.name_)), size_(other.size_), bytes_(std::exchange(other.bytes_, {})) {}

SharedMemory& SharedMemory::operator=(SharedMemory other) noexcept {
  std::swap(name_, other.name_);
  std::swap(size_, other.size_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void SharedMemory::close() noexcept {
  const std::span<std::byte> bytes = std::exchange(bytes_, {});
  if (!bytes.empty()) twill::detail::unmap_memory_file(bytes.data(), bytes.size());
}

void SharedMemory::unlink() {
  if (name_.empty()) throw ValueError("unlink() of shared memory that has no name");
  twill::detail::unlink_named_memory(name_);
}

}  // namespace mp
TWILL_END
