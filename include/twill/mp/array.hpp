#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <twill/mp/guarding.hpp>
#include <twill/mp/raw_array.hpp>
#include <twill/sync/hold.hpp>

TWILL_BEGIN
namespace mp {

/// So many flat T that processes share, with their lock (Python's multiprocessing.Array). Make it
/// before the fork (or pass it: start_method.hpp). Each access is locked, and answers a copy; for
/// more than one at a time:
///
///     twill::mp::Array<int> counts(10);
///     { twill::Hold hold(counts);  ++counts.get_obj()[3]; }
///
/// Indices, slices and their errors as of RawArray; the lock as of Value. Throws what its lock()
/// throws: OwnerDied if a process was killed amid an access.
template <class T, class L = RLock>
class Array : public detail::Guarding<L> {
 public:
  static constexpr std::int64_t kEnd = RawArray<T>::kEnd;

  /// So many T(), with a lock of its own.
  explicit Array(std::int64_t size, std::source_location made = std::source_location::current())
    requires std::same_as<L, RLock>
      : detail::Guarding<L>(made), array_(size) {}
  /// A copy, with a lock of its own.
  template <std::ranges::sized_range R>
    requires std::same_as<L, RLock>
  explicit Array(R&& values, std::source_location made = std::source_location::current())
      : detail::Guarding<L>(made), array_(std::forward<R>(values)) {}
  Array(std::int64_t size, L& lock) : detail::Guarding<L>(lock), array_(size) {}
  template <std::ranges::sized_range R>
  Array(R&& values, L& lock) : detail::Guarding<L>(lock), array_(std::forward<R>(values)) {}

  std::size_t size() const noexcept { return array_.size(); }

  T at(std::int64_t index) {
    const Hold hold(this->get_lock());
    return array_.at(index);
  }
  void set(std::int64_t index, const T& value) {
    const Hold hold(this->get_lock());
    array_.at(index) = value;
  }
  std::vector<T> slice(std::int64_t from, std::int64_t to = kEnd) {
    const Hold hold(this->get_lock());
    const std::span<T> elements = array_.slice(from, to);
    return {elements.begin(), elements.end()};
  }
  void assign(std::int64_t from, std::int64_t to, std::span<const T> values) {
    const Hold hold(this->get_lock());
    array_.assign(from, to, values);
  }

  /// The bare elements. Not locked.
  std::span<T> get_obj() noexcept { return array_.elements(); }

  /// Text: up to the first NUL.
  std::string value()
    requires std::same_as<T, char>
  {
    std::string text = raw();
    return text.substr(0, text.find('\0'));
  }
  /// The text, and a NUL if there is room for one; what is behind stays. ValueError if it is longer
  /// than the array.
  void set_value(std::string_view text)
    requires std::same_as<T, char>
  {
    if (text.size() > size())
      throw ValueError("text of " + std::to_string(text.size()) + " bytes for an array of " +
                       std::to_string(size()));
    const Hold hold(this->get_lock());
    const std::span<char> elements = array_.elements();
    std::ranges::copy(text, elements.begin());
    if (text.size() < elements.size()) elements[text.size()] = '\0';
  }
  /// All bytes.
  std::string raw()
    requires std::same_as<T, char>
  {
    const Hold hold(this->get_lock());
    return {array_.elements().begin(), array_.elements().end()};
  }

 private:
  friend struct detail::Offering;
  explicit Array(detail::Arrival& from)
      : detail::Guarding<L>(from), array_(std::move(*detail::Offering::make<RawArray<T>>(from))) {}
  void offer(detail::Offer& to) const
    requires detail::Offering::can<L>
  {
    detail::Guarding<L>::offer(to);
    detail::Offering::add(array_, to);
  }

  RawArray<T> array_;
};

template <std::ranges::sized_range R>
Array(R&&, std::source_location = {}) -> Array<std::ranges::range_value_t<R>, RLock>;
template <std::ranges::sized_range R, class L>
Array(R&&, L&) -> Array<std::ranges::range_value_t<R>, L>;

}  // namespace mp
TWILL_END
