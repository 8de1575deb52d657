#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <ranges>
#include <span>
#include <string>

#include <twill/mp/sendable.hpp>
#include <twill/mp/shared_memory.hpp>
#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

/// So many flat T that processes share, without a lock (Python's multiprocessing.RawArray). Make it
/// before the fork (or pass it: start_method.hpp). Its memory is gone with its last user, kill -9
/// included.
///
///     twill::mp::RawArray<double> heights(100);
///     heights.at(-1) = 2.5;
///
/// Indices and the ends of slices count from the end if they are negative. Accesses are not
/// synchronised.
template <class T>
class RawArray {
  static_assert(is_flat<T>, "only values without pointers and padding can lie in shared memory");

 public:
  /// So many T(). ValueError if there are less than 0, OSError if there is no memory.
  explicit RawArray(std::int64_t size) : size_(checked(size)), memory_(bytes()) {
    std::uninitialized_value_construct(elements().begin(), elements().end());
  }
  /// A copy.
  template <std::ranges::input_range R>
    requires std::ranges::sized_range<R>
  explicit RawArray(R&& values)
      : size_(checked(static_cast<std::int64_t>(std::ranges::size(values)))), memory_(bytes()) {
    std::ranges::uninitialized_copy(values, elements());
  }

  std::size_t size() const noexcept { return size_; }
  std::span<T> elements() noexcept {
    return {std::launder(reinterpret_cast<T*>(memory_.buf().data())), size_};
  }

  /// IndexError if there is none.
  T& at(std::int64_t index) {
    const auto size = static_cast<std::int64_t>(size_);
    const std::int64_t from_start = index < 0 ? index + size : index;
    if (from_start < 0 || from_start >= size)
      throw IndexError("index " + std::to_string(index) + " of an array of " +
                       std::to_string(size));
    return elements()[static_cast<std::size_t>(from_start)];
  }

  static constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

  /// From `from` up to but without `to`; what is beyond the ends is left out.
  std::span<T> slice(std::int64_t from, std::int64_t to = kEnd) noexcept {
    const std::size_t first = within(from);
    return elements().subspan(first, std::max(within(to), first) - first);
  }
  /// ValueError, and nothing changes, unless there are as many values as the slice has elements.
  void assign(std::int64_t from, std::int64_t to, std::span<const T> values) {
    const std::span<T> place = slice(from, to);
    if (place.size() != values.size())
      throw ValueError("a slice of " + std::to_string(place.size()) + " elements cannot become " +
                       std::to_string(values.size()));
    if (!place.empty())  // they may be a slice of the same array
      std::memmove(place.data(), values.data(), place.size_bytes());
  }

 private:
  friend struct detail::Offering;
  explicit RawArray(detail::Arrival& from)
      : size_(static_cast<std::size_t>(from.number(0, kMost))),
        memory_(detail::arrived(from, bytes())) {}
  void offer(detail::Offer& to) const {
    to.numbers.push_back(static_cast<std::int64_t>(size_));
    detail::Offering::add(memory_, to);
  }

  static constexpr auto kMost =
      static_cast<std::int64_t>(std::numeric_limits<std::int64_t>::max() / sizeof(T));

  static std::size_t checked(std::int64_t size) {
    if (size < 0) throw ValueError("an array of " + std::to_string(size) + " elements");
    if (size > kMost)
      throw ValueError("an array of " + std::to_string(size) + " elements is too big");
    return static_cast<std::size_t>(size);
  }
  /// No memory has 0 bytes.
  std::size_t bytes() const noexcept { return std::max<std::size_t>(size_ * sizeof(T), 1); }

  std::size_t within(std::int64_t end) const noexcept {
    const auto size = static_cast<std::int64_t>(size_);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(end < 0 ? end + size : end, 0, size));
  }

  std::size_t size_;
  SharedMemory memory_;
};

template <std::ranges::input_range R>
RawArray(R&&) -> RawArray<std::ranges::range_value_t<R>>;

}  // namespace mp
TWILL_END
