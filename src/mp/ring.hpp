#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace mp::detail {

using namespace twill::detail;

/// Messages in a row, in memory that processes share: one at a time puts, one at a time gets.
///
/// Each end is one word, written by one plain store, which counts messages and bytes together. So
/// whoever is killed has put a message or has not, and has taken it or has not; who comes after
/// has nothing to repair, and the number of messages is exact. put() and drop() release, and looks
/// in vain are sequentially consistent: with a full fence after the first, who will sleep can say
/// so and look once more.
///
/// A message lies in one piece, behind its length. One that does not fit before the end of the
/// memory begins at its start; so does one that finds the ring empty, and the start still in the
/// caches. What is passed over counts as used until the message before it is taken, and no longer:
/// there is at most one such place, since the next is a whole memory further on.
///
/// The other processes are not trusted: what they wrote is checked before it is used.
class Ring {
 public:
  struct Shared {
    alignas(64) atomic<std::uint64_t> tail{0};  ///< messages put << 32 | bytes used for them
    std::uint64_t known_head = 0;               ///< the putter's: not beyond the head
    atomic<std::uint32_t> left{0};  ///< the position from which a message went to the start
    alignas(64) atomic<std::uint64_t> head{0};  ///< messages taken << 32 | bytes freed by that
    std::uint64_t known_tail = 0;               ///< the getter's
  };

  static constexpr std::size_t kLeast = 64;
  static constexpr std::size_t kMost = std::size_t{1} << 31;

  /// `memory`: a power of two of bytes, from kLeast to kMost, aligned as 8 bytes are.
  Ring(Shared& shared, std::span<std::byte> memory) noexcept : shared_(shared), memory_(memory) {}

  /// A longer message never fits.
  std::size_t longest() const noexcept { return memory_.size() / 2 - kUnit; }
  /// How many messages are in it. Any process.
  std::size_t size() const noexcept;
  /// How many were ever put, modulo 2^32. Any process.
  std::uint32_t puts() const noexcept {
    return static_cast<std::uint32_t>(shared_.tail.load(acquire) >> 32);
  }

  /// For one who puts at a time: where to write a message of so many bytes; null if there is no
  /// room for it now, or it is too long.
  std::byte* room_for(std::size_t size) noexcept;
  /// The message is there: written where room_for() said.
  void put(std::size_t size) noexcept;

  struct Message {
    std::span<std::byte> bytes;
    std::uint64_t after;  ///< where the next one begins
  };
  /// For one who gets at a time: the first message, which stays; nothing if there is none. Throws
  /// DecodeError if somebody has written what is no ring.
  std::optional<Message> first();
  /// Takes out what first() answered. Its bytes may be written over from here on.
  void drop(const Message& message) noexcept { shared_.head.store(message.after, release); }

 private:
  static constexpr std::size_t kUnit = 8;
  static constexpr std::size_t kCached = 16 * 1024;

  static std::size_t needed_for(std::size_t size) noexcept;
  std::size_t to_pass_over(std::uint64_t tail, std::size_t size) const noexcept;
  std::uint32_t beginning_of(std::uint64_t head) const noexcept;
  bool wants_news(std::uint64_t tail, std::size_t size) const noexcept;
  std::size_t index_of(std::uint32_t position) const noexcept {
    return position & (memory_.size() - kUnit);  // aligned, whatever was written
  }
  bool has_room(std::uint64_t head, std::uint64_t tail, std::size_t bytes) const noexcept;

  Shared& shared_;
  const std::span<std::byte> memory_;
};

}  // namespace mp::detail
TWILL_END
