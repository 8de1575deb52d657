#include "mp/ring.hpp"

#include <cstring>

#include <twill/mp/decode_error.hpp>

TWILL_BEGIN
namespace mp::detail {

namespace {

constexpr std::uint32_t position_of(std::uint64_t end) noexcept {
  return static_cast<std::uint32_t>(end);
}
constexpr std::uint32_t count_of(std::uint64_t end) noexcept {
  return static_cast<std::uint32_t>(end >> 32);
}
/// The same end one message and so many bytes later. Both halves begin at 0 again after 2^32.
constexpr std::uint64_t beyond(std::uint64_t end, std::size_t bytes) noexcept {
  const auto position = position_of(end) + static_cast<std::uint32_t>(bytes);
  return (std::uint64_t{count_of(end) + 1U} << 32) | std::uint32_t{position};
}

std::uint32_t length_at(const std::byte* place) noexcept {
  std::uint32_t length;
  std::memcpy(&length, place, sizeof length);
  return length;
}
void set_length(std::byte* place, std::uint32_t length) noexcept {
  std::memcpy(place, &length, sizeof length);
}

[[noreturn]] void throw_damaged() {
  throw DecodeError("the memory of a queue between processes is damaged");
}

}  // namespace

std::size_t Ring::size() const noexcept {
  const std::uint64_t head = shared_.head.load(acquire);
  return count_of(shared_.tail.load(acquire)) - count_of(head);
}

/// Where the message lies whose turn is at `head`.
std::uint32_t Ring::beginning_of(std::uint64_t head) const noexcept {
  const std::uint32_t position = position_of(head);
  const std::size_t index = index_of(position);
  if (index == 0 || shared_.left.load(relaxed) != position) return position;
  return position + static_cast<std::uint32_t>(memory_.size() - index);
}

// 1. A putter says from where it goes to the start, and is killed.  2. The ring is empty there, and
// nothing lies where the head seems to lead. So an empty ring is not asked.
bool Ring::has_room(std::uint64_t head, std::uint64_t tail, std::size_t bytes) const noexcept {
  const std::uint32_t used = head == tail ? 0 : position_of(tail) - beginning_of(head);
  return used <= memory_.size() && bytes <= memory_.size() - used;
}

std::size_t Ring::needed_for(std::size_t size) noexcept {
  return kUnit + (size + kUnit - 1) / kUnit * kUnit;
}

/// Bytes up to the start of the memory, if the message is to lie there. An empty ring goes back to
/// it once enough was used since it was there the last time: the start is still in the caches.
std::size_t Ring::to_pass_over(std::uint64_t tail, std::size_t size) const noexcept {
  const std::size_t index = index_of(position_of(tail));
  const std::size_t needed = needed_for(size);
  const bool again = shared_.known_head == tail && index >= kCached && index >= needed;
  return again || needed > memory_.size() - index ? memory_.size() - index : 0;
}

/// Now and then, so that it is seen when the ring is empty.
bool Ring::wants_news(std::uint64_t tail, std::size_t size) const noexcept {
  const std::size_t index = index_of(position_of(tail));
  return index / kCached != (index + needed_for(size)) / kCached;
}

std::byte* Ring::room_for(std::size_t size) noexcept {
  if (size > longest()) return nullptr;
  const std::uint64_t tail = shared_.tail.load(relaxed);
  std::size_t passed = to_pass_over(tail, size);
  if (wants_news(tail, size) || !has_room(shared_.known_head, tail, passed + needed_for(size))) {
    shared_.known_head = shared_.head.load(seq_cst);
    passed = to_pass_over(tail, size);
    if (!has_room(shared_.known_head, tail, passed + needed_for(size))) return nullptr;
  }
  return memory_.data() + (passed != 0 ? 0 : index_of(position_of(tail))) + kUnit;
}

void Ring::put(std::size_t size) noexcept {
  const std::uint64_t tail = shared_.tail.load(relaxed);
  const std::uint32_t position = position_of(tail);
  const std::size_t passed = to_pass_over(tail, size);
  if (passed != 0)
    shared_.left.store(position, relaxed);
  else if (shared_.left.load(relaxed) == position)
    shared_.left.store(0, relaxed);
  set_length(memory_.data() + (passed != 0 ? 0 : index_of(position)),
             static_cast<std::uint32_t>(size));
  shared_.tail.store(beyond(tail, passed + needed_for(size)), release);
}

std::optional<Ring::Message> Ring::first() {
  const std::uint64_t head = shared_.head.load(relaxed);
  if (head == shared_.known_tail) {
    shared_.known_tail = shared_.tail.load(seq_cst);
    if (head == shared_.known_tail) return std::nullopt;
  }
  const std::uint32_t beginning = beginning_of(head);
  const std::size_t there = position_of(shared_.known_tail) - beginning;
  const std::size_t index = index_of(beginning);
  const std::size_t size = length_at(memory_.data() + index);
  if (there > memory_.size() || size > longest()) throw_damaged();
  const std::size_t needed = needed_for(size);
  if (needed > there || needed > memory_.size() - index) throw_damaged();
  const std::uint32_t passed = beginning - position_of(head);
  return Message{{memory_.data() + index + kUnit, size}, beyond(head, passed + needed)};
}

}  // namespace mp::detail
TWILL_END
