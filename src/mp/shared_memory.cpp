#include <twill/mp/shared_memory.hpp>

#include <limits>
#include <utility>

#include <twill/platform/error.hpp>

#include "platform/descriptor.hpp"
#include "platform/file_claim.hpp"
#include "platform/memory_file.hpp"

TWILL_BEGIN
namespace mp {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::size_t checked(std::size_t size) {
  if (size == 0) throw ValueError("shared memory of 0 bytes cannot be made");
  return size;
}

}  // namespace

SharedMemory::SharedMemory(std::string name, int file, std::size_t size)
    : name_(std::move(name)), size_(size) {
  const twill::detail::Descriptor closed_after(file);
  bytes_ = {static_cast<std::byte*>(twill::detail::map_memory_file(file, size)), size};
}

SharedMemory::SharedMemory(int file, std::size_t size) : size_(size) {
  twill::detail::Descriptor kept(file);
  bytes_ = {static_cast<std::byte*>(twill::detail::map_memory_file(file, size)), size};
  const auto [device, inode] = twill::detail::identity_of(file);
  file_ = {kept.release(), device, inode};
}

SharedMemory::SharedMemory(std::size_t size)
    : SharedMemory(twill::detail::make_memory_file("twill", checked(size)), size) {}

SharedMemory::SharedMemory(std::string name, std::size_t size)
    : SharedMemory(name, twill::detail::make_named_memory(name, checked(size)), size) {}

SharedMemory SharedMemory::attach(std::string name) {
  std::size_t size = 0;
  const int file = twill::detail::open_named_memory(name, size);
  return {std::move(name), file, size};
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : name_(std::move(other.name_)),
      size_(other.size_),
      bytes_(std::exchange(other.bytes_, {})),
      file_(std::exchange(other.file_, {})) {}

SharedMemory& SharedMemory::operator=(SharedMemory other) noexcept {
  std::swap(name_, other.name_);
  std::swap(size_, other.size_);
  std::swap(bytes_, other.bytes_);
  std::swap(file_, other.file_);
  return *this;
}

SharedMemory::SharedMemory(detail::Arrival& from) {
  const auto size = static_cast<std::size_t>(from.number(1, kMost));
  std::string name = from.name();
  *this = name.empty() ? SharedMemory(from.file(size), size) : attach(std::move(name));
  from.need(size_ == size);
}

void SharedMemory::offer(detail::Offer& to) const {
  if (bytes_.empty())
    throw ValueError("shared memory that was closed cannot be passed to a process");
  to.numbers.push_back(static_cast<std::int64_t>(size_));
  to.names.push_back(name_);
  if (!name_.empty()) return;
  if (!has_its_file())
    throw RuntimeError(
        "shared memory cannot be passed to a process: the program closed its descriptor");
  to.files.push_back(file_.number);
}

bool SharedMemory::has_its_file() const noexcept {
  return file_.number >= 0 && twill::detail::identity_of(file_.number) ==
                                  twill::detail::FileIdentity{file_.device, file_.inode};
}

void SharedMemory::close() noexcept {
  const std::span<std::byte> bytes = std::exchange(bytes_, {});
  if (!bytes.empty()) twill::detail::unmap_memory_file(bytes.data(), bytes.size());
  if (has_its_file()) twill::detail::close_memory_file(file_.number);
  file_ = {};
}

void SharedMemory::unlink() {
  if (name_.empty()) throw ValueError("unlink() of shared memory that has no name");
  twill::detail::unlink_named_memory(name_);
}

SharedMemory detail::arrived(Arrival& from, std::size_t size) {
  SharedMemory memory = std::move(*Offering::make<SharedMemory>(from));
  from.need(memory.size() == size);
  return memory;
}

}  // namespace mp
TWILL_END
