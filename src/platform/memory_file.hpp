#pragma once

#include <cstddef>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// A file of memory without a name that processes can share: zeroed, its whole size reserved now,
/// and of that size for ever. Answers its descriptor, which is not inherited by exec. Throws
/// OSError that says how much is wanted and how much is free.
int make_memory_file(const std::string& label, std::size_t bytes);

/// Whether that is what the descriptor stands for: memory of that size for ever.
bool is_memory_file(int file, std::size_t bytes) noexcept;

/// The same under a name in /dev/shm that nobody has, for this user alone; not sealed.
int make_named_memory(const std::string& name, std::size_t bytes);
/// Opens one of those, and says how big it is.
int open_named_memory(const std::string& name, std::size_t& bytes);
void unlink_named_memory(const std::string& name);

/// Maps all of it, readable and writable, and shared also with children of a fork. Throws OSError.
void* map_memory_file(int file, std::size_t bytes);
void unmap_memory_file(void* memory, std::size_t bytes) noexcept;
void close_memory_file(int file) noexcept;

}  // namespace detail
TWILL_END
