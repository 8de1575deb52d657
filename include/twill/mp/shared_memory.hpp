#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <twill/mp/offer.hpp>
#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// Zeroed bytes that processes share (Python's multiprocessing.shared_memory). Without a name they
/// are shared with the children that are forked while this lives, and gone with their last user,
/// kill -9 included. All of it is reserved when it is made, so that no access fails later.
///
///     twill::mp::SharedMemory pixels(width * height);
///
/// With a name they outlive every process, until unlink(). Those without a name cost a descriptor.
/// Passed to a process that is started anew (start_method.hpp), it attaches. Accesses are not
/// synchronised; different threads may use the bytes, one at a time the object.
class TWILL_API SharedMemory {
 public:
  /// ValueError for 0 bytes; OSError that says how much is wanted and how much is free.
  explicit SharedMemory(std::size_t size);
  /// Under a name that nobody has (else OSError with EEXIST), for processes of this user.
  SharedMemory(std::string name, std::size_t size);
  /// What is there under the name; OSError with ENOENT if nothing is.
  static SharedMemory attach(std::string name);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory other) noexcept;
  ~SharedMemory() { close(); }

  /// The bytes; none after close().
  std::span<std::byte> buf() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return size_; }
  /// Empty if it has none.
  const std::string& name() const noexcept { return name_; }

  /// Ends this process's use, and nobody else's. Once more does nothing.
  void close() noexcept;
  /// Takes the name away: who has the bytes goes on, and nobody else can attach. OSError with
  /// ENOENT if that was done, ValueError if there never was a name.
  void unlink();

 private:
  friend struct detail::Offering;
  /// Its descriptor, and what that stood for: a program may close what it does not know.
  struct File {
    int number = -1;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };

  SharedMemory(std::string name, int file, std::size_t size);
  SharedMemory(int file, std::size_t size);
  explicit SharedMemory(detail::Arrival& from);
  void offer(detail::Offer& to) const;
  bool has_its_file() const noexcept;

  std::string name_;
  std::size_t size_ = 0;
  std::span<std::byte> bytes_;
  File file_;  ///< if it has no name
};

namespace detail {

/// Of that size; DecodeError if it is of another.
TWILL_API SharedMemory arrived(Arrival& from, std::size_t size);

}  // namespace detail
}  // namespace mp
TWILL_END
