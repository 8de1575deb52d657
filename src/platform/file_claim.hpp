#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Which file a descriptor stands for: its number may be closed, and given to another file.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  bool operator==(const FileIdentity&) const = default;
};
FileIdentity identity_of(int file) noexcept;

/// Claims a byte of the file by a lock of a description of its own (F_OFD_SETLK of fcntl(2)): the
/// claim lasts until the last descriptor of it is closed, and fork() makes one more. Answers that
/// descriptor, closed by exec, or -1 if the system refuses.
int claim_byte(int file, std::int64_t byte) noexcept;
void end_claim(int claim) noexcept;
/// Ends it for all who have a part in it; the descriptor stays, and is the file's.
void end_claim_of_all(int claim, std::int64_t byte) noexcept;

/// Whether anybody claims the byte; true as well if the system does not say.
bool is_claimed(int file, std::int64_t byte) noexcept;

}  // namespace detail
TWILL_END
