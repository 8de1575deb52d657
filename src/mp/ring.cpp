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

bool Ring::has_room(std::uint64_t head, std::uint64_t tail, std::size_t bytes) const noexcept {
  const std::uint32_t used = position_of(tail) - position_of(head);
  return used <= memory_.size() && bytes <= memory_.size() - used;
}

std::size_t Ring::needed_for(std::size_t size) noexcept {
  return kUnit + (size + kUnit - 1) / kUnit * kUnit;
}

Ring::Place Ring::here(std::size_t index, std::size_t size) const noexcept {
  return {memory_.data() + index, needed_for(size)};
}

Ring::Place Ring::elsewhere(std::size_t index, std::size_t size) const noexcept {
  return {memory_.data(), memory_.size() - index + needed_for(size)};
}

/// Elsewhere as well if the ring is empty and enough of it was used since it was there the last
/// time: the start of the memory is still in the caches.
Ring::Place Ring::next_place(std::uint64_t tail, std::size_t size) const noexcept {
  const std::size_t index = index_of(position_of(tail));
  const std::size_t needed = needed_for(size);
  const bool again = shared_.known_head == tail && index >= kCached && index >= needed;
  return again || needed > memory_.size() - index ? elsewhere(index, size) : here(index, size);
}

/// Now and then, so that it is seen when the ring is empty.
bool Ring::wants_news(std::uint64_t tail, std::size_t size) const noexcept {
  const std::size_t index = index_of(position_of(tail));
  return index / kCached != (index + needed_for(size)) / kCached;
}

std::byte* Ring::room_for(std::size_t size) noexcept {
  if (size > longest()) return nullptr;
  const std::uint64_t tail = shared_.tail.load(relaxed);
  Place place = next_place(tail, size);
  if (wants_news(tail, size) || !has_room(shared_.known_head, tail, place.used)) {
    shared_.known_head = shared_.head.load(seq_cst);
    place = next_place(tail, size);
    if (!has_room(shared_.known_head, tail, place.used)) return nullptr;
  }
  return place.length + kUnit;
}

void Ring::put(std::size_t size) noexcept {
  const std::uint64_t tail = shared_.tail.load(relaxed);
  const Place place = next_place(tail, size);
  std::byte* const turn = memory_.data() + index_of(position_of(tail));
  if (turn != place.length) set_length(turn, kElsewhere);
  set_length(place.length, static_cast<std::uint32_t>(size));
  shared_.tail.store(beyond(tail, place.used), seq_cst);
}

std::optional<Ring::Message> Ring::first() {
  const std::uint64_t head = shared_.head.load(relaxed);
  if (head == shared_.known_tail) {
    shared_.known_tail = shared_.tail.load(seq_cst);
    if (head == shared_.known_tail) return std::nullopt;
  }
  const std::size_t there = position_of(shared_.known_tail) - position_of(head);
  const std::size_t index = index_of(position_of(head));
  if (there > memory_.size()) throw_damaged();
  const bool is_elsewhere = length_at(memory_.data() + index) == kElsewhere;
  const std::size_t size = length_at(memory_.data() + (is_elsewhere ? 0 : index));
  if (size > longest()) throw_damaged();
  const Place place = is_elsewhere ? elsewhere(index, size) : here(index, size);
  const bool is_whole = is_elsewhere || needed_for(size) <= memory_.size() - index;
  if (place.used > there || !is_whole) throw_damaged();
  return Message{{place.length + kUnit, size}, beyond(head, place.used)};
}

}  // namespace mp::detail
TWILL_END
