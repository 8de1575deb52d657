#include "platform/file_claim.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/fault.hpp"

TWILL_BEGIN
namespace detail {
namespace {

struct flock lock_of(std::int64_t byte) noexcept {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

}  // namespace

FileIdentity identity_of(int file) noexcept {
  const int saved = errno;
  struct stat status;
  const bool known = fstat(file, &status) == 0;
  errno = saved;
  if (!known) return {};
  return {.device = status.st_dev, .number = status.st_ino};
}

int claim_byte(int file, std::int64_t byte) noexcept {
  const int saved = errno;
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  int claim = fault(Fault::file_claim) ? -1 : open(path, O_RDWR | O_CLOEXEC);
  struct flock lock = lock_of(byte);
  if (claim >= 0 && fcntl(claim, F_OFD_SETLK, &lock) != 0) {
    close(claim);
    claim = -1;
  }
  errno = saved;
  return claim;
}

void end_claim(int claim) noexcept {
  const int saved = errno;
  if (claim >= 0) close(claim);
  errno = saved;
}

void end_claim_of_all(int claim, std::int64_t byte) noexcept {
  const int saved = errno;
  struct flock lock = lock_of(byte);
  lock.l_type = F_UNLCK;
  fcntl(claim, F_OFD_SETLK, &lock);
  errno = saved;
}

bool is_claimed(int file, std::int64_t byte) noexcept {
  const int saved = errno;
  struct flock lock = lock_of(byte);
  const bool free = fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
  errno = saved;
  return !free;
}

}  // namespace detail
TWILL_END
