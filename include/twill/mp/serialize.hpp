#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <twill/mp/codecs.hpp>
#include <twill/mp/decode_error.hpp>
#include <twill/mp/reader.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/type_name.hpp>
#include <twill/mp/writer.hpp>
#include <twill/platform/abi.hpp>

/// Values as bytes, for another process of the same program.
///
///     struct Order { std::string item; int pieces; std::optional<double> price; };
///     const std::vector<std::byte> bytes = twill::mp::to_bytes(Order{"nut", 12, 0.5});
///     const auto order = twill::mp::from_bytes<Order>(bytes);
///
/// Aggregates cross field by field, trivially copyable ones by one copy, the types of std by a
/// number of elements and these, and for every other type there is Codec. What means nothing in
/// another process (pointers, references, views) does not compile. doc/wire.md shows the bytes.
///
/// Whoever sent the bytes is not trusted: whatever they are, reading them gives a value or
/// DecodeError, runs no code but that of T, and allocates no more than an honest message of as many
/// bytes could. All of this may be called by any thread, and never blocks.

TWILL_BEGIN
namespace mp {

/// The form of what to_bytes() writes; every change of it counts up.
inline constexpr std::uint64_t kWireVersion = 1;

namespace detail {

template <class T>
consteval std::uint64_t hash_type() {
  std::uint64_t hash = mix(mix(0xcbf29ce484222325, kWireVersion), type_name<T>());
  if constexpr (SplitIntoFields<T>)
    hash = []<class... Fs>(TypeList<Fs...>, std::uint64_t so_far) {
      ((so_far = mix(so_far, hash_type<std::remove_cv_t<Fs>>())), ...);
      return so_far;
    }(FieldsOf<T>{}, hash);
  return mix(hash, sizeof(T));
}

[[noreturn]] TWILL_API TWILL_COLD void throw_other_type(std::string_view type);

}  // namespace detail

/// Made of the name, the size and the fields of T, and of the wire's version. The same in all
/// processes of one program.
template <Sendable T>
inline constexpr std::uint64_t type_hash = detail::hash_type<T>();

/// How many bytes encode() writes. Throws ValueError if `value` is nested deeper than kMaxDepth.
template <class T>
std::size_t encoded_size(const T& value) {
  detail::explain<T>();
  if constexpr (is_flat<T>) {
    return sizeof value;
  } else if constexpr (Sendable<T>) {
    Sizer sizer;
    sizer.write(value);
    return sizer.size();
  }
}

/// Writes `value`, without its type, to the first encoded_size(value) bytes of `out`, and answers
/// how many these are. Throws ValueError if there are fewer: the rest is then undefined.
template <class T>
std::size_t encode(const T& value, std::span<std::byte> out) {
  detail::explain<T>();
  if constexpr (Sendable<T>) {
    Writer writer(out.data(), out.size());
    writer.write(value);
    return static_cast<std::size_t>(writer.at() - out.data());
  }
}

namespace detail {

/// All that is left in the message, which has to be a T.
template <class T>
T read_rest(Reader reader) {
  T value = reader.read<T>();
  reader.end();
  return value;
}

}  // namespace detail

/// What encode() made the whole of `bytes` from, which nobody may change meanwhile. Throws
/// DecodeError if they are no T.
template <class T>
T decode(std::span<const std::byte> bytes) {
  detail::explain<T>();
  if constexpr (Sendable<T>) return detail::read_rest<T>(Reader(bytes, detail::type_name<T>()));
}

/// A message: the hash of T, then what encode() writes.
template <class T>
std::vector<std::byte> to_bytes(const T& value) {
  detail::explain<T>();
  if constexpr (Sendable<T>) {
    std::vector<std::byte> bytes(sizeof(std::uint64_t) + encoded_size(value));
    Writer writer(bytes.data(), bytes.size());
    writer.write(type_hash<T>);
    writer.write(value);
    return bytes;
  }
}

/// The value in a message. Throws DecodeError if it is one of another type or damaged.
template <class T>
T from_bytes(std::span<const std::byte> bytes) {
  detail::explain<T>();
  if constexpr (Sendable<T>) {
    Reader reader(bytes, detail::type_name<T>());
    if (reader.read<std::uint64_t>() != type_hash<T>) [[unlikely]]
      detail::throw_other_type(detail::type_name<T>());
    return detail::read_rest<T>(reader);
  }
}

}  // namespace mp
TWILL_END
