#include "platform/parcel.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/fault.hpp"
#include "platform/free_memory.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kBlock = 512;  ///< of st_blocks

bool write_bytes(int file, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

int make_parcel(std::span<const std::byte> bytes) noexcept {
  if (fault(Fault::memory_file)) return -ENOSPC;
  if (bytes.size() > most_in_a_file()) return -EFBIG;
  const int file = memfd_create("twill message", MFD_CLOEXEC);
  if (file < 0) return -errno;
  if (write_bytes(file, bytes)) return file;
  const int error = errno;
  close(file);
  return -error;
}

bool is_parcel(int file, std::size_t size) noexcept {
  struct stat status;
  return fcntl(file, F_GET_SEALS) >= 0 && fstat(file, &status) == 0 &&
         static_cast<std::size_t>(status.st_size) == size &&
         static_cast<std::size_t>(status.st_blocks) >= size / kBlock;
}

bool unpack_parcel(int file, std::span<std::byte> to) noexcept {
  for (std::size_t done = 0; done < to.size();) {
    const std::span<std::byte> left = to.subspan(done);
    const ssize_t size = pread(file, left.data(), left.size(), static_cast<off_t>(done));
    if (size == 0 || (size < 0 && errno != EINTR)) return false;
    if (size > 0) done += static_cast<std::size_t>(size);
  }
  return true;
}

}  // namespace detail
TWILL_END
