#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <twill/mp/decode_error.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/writer.hpp>
#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {
namespace detail {

/// The fewest bytes that a value of T is written as.
template <class T>
consteval std::size_t least_bytes() {
  if constexpr (std::is_const_v<T>)
    return least_bytes<std::remove_const_t<T>>();
  else if constexpr (requires { Codec<T>::kLeast; })
    return Codec<T>::kLeast;
  else if constexpr (flat<T>())
    return sizeof(T);
  else if constexpr (SplitIntoFields<T>)
    return []<class... Fs>(TypeList<Fs...>) {
      return (std::size_t{0} + ... + least_bytes<std::remove_cv_t<Fs>>());
    }(FieldsOf<T>{});
  else
    return 1;
}

template <class T>
consteval bool has_bool() {
  if constexpr (std::is_array_v<T>)
    return has_bool<std::remove_cv_t<std::remove_extent_t<T>>>();
  else if constexpr (kArray<T>)
    return has_bool<typename T::value_type>();
  else if constexpr (SplitIntoFields<T>)
    return []<class... Fs>(TypeList<Fs...>) {
      return (has_bool<std::remove_cv_t<Fs>>() || ...);
    }(FieldsOf<T>{});
  else
    return std::same_as<T, bool>;
}

/// Whether every bool in a flat value, which came as bytes, is 0 or 1. Reads none of them as a
/// bool.
template <class T>
bool bools_are_sound(const T& value) noexcept {
  if constexpr (!has_bool<std::remove_cv_t<T>>()) {
    return true;
  } else if constexpr (std::is_array_v<T> || kArray<T>) {
    for (const auto& each : value)
      if (!bools_are_sound(each)) return false;
    return true;
  } else if constexpr (SplitIntoFields<T>) {
    return with_fields(
        value, []<class... Fs>(const auto&... each) { return (bools_are_sound(each) && ...); });
  } else {
    unsigned char byte;
    std::memcpy(&byte, std::addressof(value), 1);
    return byte <= 1;
  }
}

}  // namespace detail

/// What Codec<T>::decode reads from: bytes that nobody vouches for. By one thread at a time.
///
/// All that is read is checked against the bytes that are there, before memory is allocated for it.
/// The elements that a container says it has are promised the fewest bytes that they can have, and
/// nobody else gets these; so the elements of all containers that are open at a time, inside each
/// other or not, are no more than the whole message can hold, however deep it is nested.
class TWILL_API Reader {
 public:
  /// `type` is named by errors.
  Reader(std::span<const std::byte> bytes, std::string_view type) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), type_(type) {}

  /// The next value, which has to be of that type. Throws DecodeError.
  template <class Declared>
  std::remove_const_t<Declared> read() {
    using T = std::remove_const_t<Declared>;
    if constexpr (detail::HasCodec<T>)
      return Codec<T>::decode(*this);
    else if constexpr (is_flat<T>)
      return copy_of<T>(read_bytes(sizeof(T)));
    else if constexpr (detail::own_refusal<T>() == detail::Refusal::none)
      return read_fields<T>(detail::FieldsOf<T>{});
    else
      detail::explain<T>();
  }

  /// The next `size` bytes; they stay where they are. Throws DecodeError.
  const std::byte* read_bytes(std::size_t size) {
    if (size > left()) [[unlikely]]
      fail_short(size);
    return std::exchange(at_, at_ + size);
  }

  /// How many bytes are neither read nor promised.
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_) - promised_; }

  /// A C of as many elements as write_count() wrote, which write_block() wrote. Throws DecodeError.
  template <class C>
    requires is_flat<typename C::value_type>
  C read_block() {
    using T = typename C::value_type;
    const std::size_t count = read_count<T>();
    promised_ -= count * sizeof(T);
    const std::byte* const from = read_bytes(count * sizeof(T));
    C block;
    const bool aligned = reinterpret_cast<std::uintptr_t>(from) % alignof(T) == 0;
    if (aligned && !detail::has_bool<T>()) {
      const T* const first = std::launder(reinterpret_cast<const T*>(from));
      block.assign(first, first + count);
    } else {
      block.reserve(count);
      for (std::size_t i = 0; i < count; ++i) block.push_back(copy_of<T>(from + i * sizeof(T)));
    }
    return block;
  }

  /// A number of elements, which are then read one after the other: begin_element<Ts...>(), and a
  /// read<T>() for each of Ts. Throws DecodeError if there are not bytes for so many.
  template <class... Ts>
  std::size_t read_count() {
    constexpr std::size_t least = (detail::least_bytes<Ts>() + ...);
    const std::size_t count = read<std::uint64_t>();
    if (count > left() / least) [[unlikely]]
      fail_count(count, least);
    promised_ += count * least;
    return count;
  }
  template <class... Ts>
  void begin_element() noexcept {
    promised_ -= (detail::least_bytes<Ts>() + ...);
  }

  /// Throws DecodeError: these bytes are no such type, because of `what`.
  [[noreturn]] TWILL_COLD void fail(std::string_view what) const;
  /// Throws DecodeError if there are bytes left.
  void end() const {
    if (at_ != end_) [[unlikely]]
      fail_long();
  }

  /// While it lives, what is read lies one level deeper.
  class Level {
   public:
    explicit Level(Reader& reader) : reader_(reader) {
      if (reader.depth_ == kMaxDepth) [[unlikely]]
        reader.fail_deep();
      ++reader.depth_;
    }
    ~Level() { --reader_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Reader& reader_;
  };

 private:
  [[noreturn]] TWILL_COLD void fail_short(std::size_t size) const;
  [[noreturn]] TWILL_COLD void fail_count(std::size_t count, std::size_t least) const;
  [[noreturn]] TWILL_COLD void fail_deep() const;
  [[noreturn]] TWILL_COLD void fail_long() const;
  [[noreturn]] TWILL_COLD void fail_bool() const;

  // One function each: gcc 12 makes a value where the caller wants it only if the function's
  // outermost block declares it.
  template <class T>
    requires std::default_initializable<T> && (!detail::has_bool<T>())
  T copy_of(const std::byte* from) const {
    T value;
    std::memcpy(static_cast<void*>(&value), from, sizeof(T));
    return value;
  }

  /// Looks at bools before there is a T, since to copy one that is neither 0 nor 1 is undefined.
  template <class T>
  T copy_of(const std::byte* from) const {
    alignas(T) std::byte place[sizeof(T)];
    std::memcpy(place, from, sizeof(T));
    const T& value = *std::launder(reinterpret_cast<const T*>(place));
    if (!detail::bools_are_sound(value)) [[unlikely]]
      fail_bool();
    return value;
  }

  /// In braces, they are read in their order.
  template <class T, class... Fs>
  T read_fields(TypeList<Fs...>) {
    return T{read<std::remove_cv_t<Fs>>()...};
  }

  const std::byte* const begin_;
  const std::byte* at_;
  const std::byte* const end_;
  std::size_t promised_ = 0;  ///< of those from at_ on
  unsigned depth_ = 0;
  const std::string_view type_;
};

}  // namespace mp
TWILL_END
