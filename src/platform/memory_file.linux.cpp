#include "platform/memory_file.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include <twill/platform/error.hpp>

#include "platform/fault.hpp"
#include "platform/free_memory.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr char kWhere[] = "/dev/shm";

std::size_t free_in_shm() noexcept {
  struct statvfs fs;
  const bool known = statvfs(kWhere, &fs) == 0;
  return std::min(free_memory(), known ? fs.f_bavail * fs.f_frsize : SIZE_MAX);
}

[[noreturn]] void fail(int error, const std::string& what) { throw OSError(error, what); }

/// A file that is closed unless it is given away.
struct Open {
  ~Open() { close_memory_file(file); }
  int give_away() noexcept { return std::exchange(file, -1); }
  int file;
};

/// To ask takes a tenth of a millisecond; so little a process finds as it finds any other memory.
constexpr std::size_t kLittle = 64 * 1024;

/// Memory that is only promised is missing when it is touched, which is SIGBUS or the OOM killer.
void reserve(int file, std::size_t bytes, std::size_t (*free)() noexcept, const std::string& what) {
  const auto refuse = [&](int error, std::size_t most, const char* why) {
    fail(error,
         what + ": " + std::to_string(bytes) + " bytes are wanted, " + std::to_string(most) + why);
  };
  if (const std::size_t most = most_in_a_file(); bytes > most)
    refuse(EFBIG, most, " are the limit of this process (RLIMIT_FSIZE)");
  int error = fault(Fault::memory_file) ? ENOSPC : 0;
  if (bytes > kLittle && bytes > free()) error = ENOSPC;
  if (error == 0) error = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (error != 0) refuse(error, free(), " are free");
}

std::string path_of(const std::string& name) {
  if (name.empty() || name.size() > NAME_MAX || name.find('/') != name.npos)
    throw ValueError("shared memory cannot be named \"" + name +
                     "\": 1 to 255 bytes without a slash are needed");
  return '/' + name;
}

}  // namespace

int make_memory_file(const std::string& label, std::size_t bytes) {
  Open out{memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (out.file < 0) fail(errno, "memfd_create for shared memory");
  reserve(out.file, bytes, free_memory, "shared memory");
  if (fcntl(out.file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    fail(errno, "sealing shared memory");
  return out.give_away();
}

bool is_memory_file(int file, std::size_t bytes) noexcept {
  constexpr int kForEver = F_SEAL_SHRINK | F_SEAL_GROW;
  struct stat status;
  const int seals = fcntl(file, F_GET_SEALS);
  return seals >= 0 && (seals & kForEver) == kForEver && fstat(file, &status) == 0 &&
         static_cast<std::size_t>(status.st_size) == bytes;
}

int make_named_memory(const std::string& name, std::size_t bytes) {
  const std::string path = path_of(name);
  Open out{shm_open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (out.file < 0) fail(errno, "making the shared memory " + name);
  try {
    reserve(out.file, bytes, free_in_shm, "the shared memory " + name + " in " + kWhere);
  } catch (...) {
    shm_unlink(path.c_str());
    throw;
  }
  return out.give_away();
}

int open_named_memory(const std::string& name, std::size_t& bytes) {
  Open out{shm_open(path_of(name).c_str(), O_RDWR | O_CLOEXEC, 0)};
  struct stat status;
  if (out.file < 0 || fstat(out.file, &status) != 0)
    fail(errno, "opening the shared memory " + name);
  bytes = static_cast<std::size_t>(status.st_size);
  return out.give_away();
}

void unlink_named_memory(const std::string& name) {
  if (shm_unlink(path_of(name).c_str()) != 0)
    fail(errno, "taking away the name of the shared memory " + name);
}

void* map_memory_file(int file, std::size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED)
    fail(errno, "mapping " + std::to_string(bytes) + " bytes of shared memory");
  return memory;
}

void unmap_memory_file(void* memory, std::size_t bytes) noexcept { munmap(memory, bytes); }

void close_memory_file(int file) noexcept {
  if (file >= 0) close(file);
}

}  // namespace detail
TWILL_END
