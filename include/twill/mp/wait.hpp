#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/platform/abi.hpp>
#include <twill/queue/patience.hpp>

TWILL_BEGIN
namespace mp {
namespace detail {

/// A descriptor, something that has one, or a pointer to it.
template <class T>
int descriptor_of(const T& object) {
  if constexpr (std::integral<T>)
    return static_cast<int>(object);
  else if constexpr (requires { object.fileno(); })
    return object.fileno();
  else
    return descriptor_of(*object);
}

/// Which of them are ready, counted from 0.
TWILL_API std::vector<std::size_t> ready_of(std::span<const int> descriptors,
                                            const twill::detail::Patience& patience);

}  // namespace detail

/// What wait() can wait for: a descriptor, such as a socket or a process's sentinel; whatever has
/// fileno(), such as a Connection; a pointer to that.
template <class T>
concept HasDescriptor = requires(const T& object) {
  requires std::integral<T> || requires {
    { object.fileno() } -> std::convertible_to<int>;
  } || requires {
    { object->fileno() } -> std::convertible_to<int>;
  };
};

/// Any of these, for a wait() for several kinds of them. Equal if the descriptors are.
class Waitable {
 public:
  template <HasDescriptor T>
    requires(!std::same_as<T, Waitable>)
  Waitable(const T& object) : descriptor_(detail::descriptor_of(object)) {}

  int fileno() const noexcept { return descriptor_; }
  bool operator==(const Waitable& other) const = default;

 private:
  int descriptor_;
};

/// Blocks until one of `objects` can be read or is at its end, and answers all that are so now, in
/// their order; none if the time was over first (Python's multiprocessing.connection.wait). What
/// can be copied is answered as a copy, what cannot (a Connection) by a pointer.
///
///     while (!workers.empty())
///       for (Connection* each : mp::wait(workers)) ...
///
/// `patience`: a duration, zero to look once; or a std::stop_token, which makes it throw
/// CancelledError; left out, for ever. Throws OSError, with EBADF if one is closed; ValueError if
/// it would wait for nothing for ever. Any thread.
template <std::ranges::forward_range R>
  requires HasDescriptor<std::ranges::range_value_t<R>>
auto wait(R&& objects, twill::detail::Patience patience = {}) {
  using T = std::ranges::range_value_t<R>;
  std::vector<int> descriptors;
  for (const auto& object : objects) descriptors.push_back(detail::descriptor_of(object));
  const std::vector<std::size_t> ready = detail::ready_of(descriptors, patience);
  constexpr bool kCopies = std::copy_constructible<T>;
  static_assert(kCopies || std::ranges::borrowed_range<R>, "what is answered would be gone");
  using Element = std::remove_reference_t<std::ranges::range_reference_t<R>>;
  std::vector<std::conditional_t<kCopies, T, Element*>> answer;
  auto each = std::ranges::begin(objects);
  std::size_t at = 0;
  for (const std::size_t next : ready) {
    std::ranges::advance(each, static_cast<std::ptrdiff_t>(next - std::exchange(at, next)));
    if constexpr (kCopies)
      answer.push_back(*each);
    else
      answer.push_back(std::addressof(*each));
  }
  return answer;
}

/// The same for things of several kinds:
///
///     const auto ready = mp::wait({from_parent, socket, sentinel}, 1s);
///     if (std::ranges::count(ready, mp::Waitable(from_parent)) > 0) ...
inline std::vector<Waitable> wait(std::initializer_list<Waitable> objects,
                                  twill::detail::Patience patience = {}) {
  return wait(std::span(objects.begin(), objects.size()), patience);
}

}  // namespace mp
TWILL_END
