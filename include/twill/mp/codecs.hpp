#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <twill/mp/reader.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/writer.hpp>
#include <twill/platform/abi.hpp>

/// How the types of std cross. A container is the number of its elements in 8 bytes and then these.

TWILL_BEGIN
namespace mp {

template <class Rep, class Period>
inline constexpr bool by_copy<std::chrono::duration<Rep, Period>> = is_flat<Rep>;
template <class Clock, class Duration>
inline constexpr bool by_copy<std::chrono::time_point<Clock, Duration>> = is_flat<Duration>;

namespace detail {

template <class C>
concept FlatRow = is_flat<typename C::value_type> && requires(const C& c) {
  { c.data() } -> std::same_as<const typename C::value_type*>;
};

/// Vectors, strings, lists.
template <class C>
struct SequenceCodec {
  using Value = typename C::value_type;
  using Parts = TypeList<Value>;
  static constexpr std::size_t kLeast = 8;

  template <class Out>
  static void encode(Out& out, const C& values) {
    out.write_count(values.size());
    if constexpr (FlatRow<C>) {
      out.write_block(values.data(), values.size());
    } else {
      const typename Out::Level level(out);
      for (const Value& each : values) out.write(each);
    }
  }

  static C decode(Reader& in) {
    if constexpr (FlatRow<C>) {
      return in.read_block<C>();
    } else {
      const Reader::Level level(in);
      const std::size_t count = in.read_count<Value>();
      C values;
      if constexpr (requires { values.reserve(count); }) values.reserve(count);
      for (std::size_t i = 0; i < count; ++i) {
        in.begin_element<Value>();
        values.push_back(in.read<Value>());
      }
      return values;
    }
  }
};

/// What a set or map has as one element.
template <class C>
struct ElementOf {
  using Parts = TypeList<typename C::key_type>;
  static auto read(Reader& in) {
    in.begin_element<typename C::key_type>();
    return in.read<typename C::key_type>();
  }
  static std::size_t count(Reader& in) { return in.read_count<typename C::key_type>(); }
};
template <class C>
  requires requires { typename C::mapped_type; }
struct ElementOf<C> {
  using Key = typename C::key_type;
  using Mapped = typename C::mapped_type;
  using Parts = TypeList<Key, Mapped>;
  static auto read(Reader& in) {
    in.begin_element<Key, Mapped>();
    return std::pair<const Key, Mapped>{in.read<Key>(), in.read<Mapped>()};
  }
  static std::size_t count(Reader& in) { return in.read_count<Key, Mapped>(); }
};

/// Sets and maps. `Unique`: a key that comes twice is an error.
template <class C, bool Unique>
struct KeyedCodec {
  using Parts = typename ElementOf<C>::Parts;
  static constexpr std::size_t kLeast = 8;

  template <class Out>
  static void encode(Out& out, const C& values) {
    out.write_count(values.size());
    const typename Out::Level level(out);
    for (const auto& each : values) {
      if constexpr (requires { typename C::mapped_type; })
        out.write(each.first), out.write(each.second);
      else
        out.write(each);
    }
  }

  static C decode(Reader& in) {
    const Reader::Level level(in);
    const std::size_t count = ElementOf<C>::count(in);
    C values;
    if constexpr (requires { values.reserve(count); }) values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      values.insert(values.end(), ElementOf<C>::read(in));
      if (Unique && values.size() == i) in.fail("a key comes twice");
    }
    return values;
  }
};

/// Something or nothing: a bool, then the value.
template <class P, class T>
struct MaybeCodec {
  using Parts = TypeList<T>;
  static constexpr std::size_t kLeast = 1;

  template <class Out>
  static void encode(Out& out, const P& maybe) {
    const typename Out::Level level(out);
    const bool there = static_cast<bool>(maybe);
    out.write(there);
    if (there) out.write(*maybe);
  }

  static P decode(Reader& in) {
    const Reader::Level level(in);
    if (!in.read<bool>()) return P();
    if constexpr (requires { typename P::deleter_type; })
      return P(new T(in.read<T>()));
    else
      return P(in.read<T>());
  }
};

/// One after the other; nothing at all is one byte, as of every type.
template <class C, class... Ts>
struct TupleCodec {
  using Parts = TypeList<Ts...>;
  static constexpr std::size_t kLeast = (least_bytes<Ts>() + ... + (sizeof...(Ts) == 0 ? 1 : 0));

  template <class Out>
  static void encode(Out& out, const C& values) {
    if constexpr (sizeof...(Ts) == 0)
      out.write(false);
    else
      std::apply([&out](const auto&... each) { (out.write(each), ...); }, values);
  }

  static C decode(Reader& in) {
    if constexpr (sizeof...(Ts) == 0) in.read<bool>();
    return C{in.read<Ts>()...};
  }
};

}  // namespace detail

template <class C, class T, class A>
struct Codec<std::basic_string<C, T, A>> : detail::SequenceCodec<std::basic_string<C, T, A>> {};
template <class T, class A>
struct Codec<std::vector<T, A>> : detail::SequenceCodec<std::vector<T, A>> {};
template <class T, class A>
struct Codec<std::deque<T, A>> : detail::SequenceCodec<std::deque<T, A>> {};
template <class T, class A>
struct Codec<std::list<T, A>> : detail::SequenceCodec<std::list<T, A>> {};

template <class... Ts>
struct Codec<std::set<Ts...>> : detail::KeyedCodec<std::set<Ts...>, true> {};
template <class... Ts>
struct Codec<std::multiset<Ts...>> : detail::KeyedCodec<std::multiset<Ts...>, false> {};
template <class... Ts>
struct Codec<std::unordered_set<Ts...>> : detail::KeyedCodec<std::unordered_set<Ts...>, true> {};
template <class... Ts>
struct Codec<std::unordered_multiset<Ts...>>
    : detail::KeyedCodec<std::unordered_multiset<Ts...>, false> {};
template <class... Ts>
struct Codec<std::map<Ts...>> : detail::KeyedCodec<std::map<Ts...>, true> {};
template <class... Ts>
struct Codec<std::multimap<Ts...>> : detail::KeyedCodec<std::multimap<Ts...>, false> {};
template <class... Ts>
struct Codec<std::unordered_map<Ts...>> : detail::KeyedCodec<std::unordered_map<Ts...>, true> {};
template <class... Ts>
struct Codec<std::unordered_multimap<Ts...>>
    : detail::KeyedCodec<std::unordered_multimap<Ts...>, false> {};

template <class T>
struct Codec<std::optional<T>> : detail::MaybeCodec<std::optional<T>, T> {};
/// Of one class, which is known: what arrives chooses none.
template <class T>
  requires(!std::is_array_v<T> && !std::is_polymorphic_v<T>)
struct Codec<std::unique_ptr<T>> : detail::MaybeCodec<std::unique_ptr<T>, T> {};

template <class A, class B>
struct Codec<std::pair<A, B>> : detail::TupleCodec<std::pair<A, B>, A, B> {};
template <class... Ts>
struct Codec<std::tuple<Ts...>> : detail::TupleCodec<std::tuple<Ts...>, Ts...> {};

/// Of other elements it crosses by copy, as an aggregate.
template <class T, std::size_t N>
  requires(!is_flat<T>)
struct Codec<std::array<T, N>> {
  using Parts = TypeList<T>;
  static constexpr std::size_t kLeast = N == 0 ? 1 : N * detail::least_bytes<T>();

  static void encode(auto& out, const std::array<T, N>& values) {
    if constexpr (N == 0) out.write(false);
    for (const T& each : values) out.write(each);
  }

  static std::array<T, N> decode(Reader& in) {
    if constexpr (N == 0) in.read<bool>();
    return [&in]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<T, N>{(static_cast<void>(I), in.read<T>())...};
    }(std::make_index_sequence<N>());
  }
};

/// The number of the alternative in one byte, then the value.
template <class... Ts>
  requires(sizeof...(Ts) < 256)
struct Codec<std::variant<Ts...>> {
  using V = std::variant<Ts...>;
  using Parts = TypeList<Ts...>;
  static constexpr std::size_t kLeast = 2;

  /// Throws std::bad_variant_access for one that has lost its value.
  static void encode(auto& out, const V& value) {
    const typename std::remove_reference_t<decltype(out)>::Level level(out);
    std::visit(
        [&](const auto& held) {
          out.write(static_cast<std::uint8_t>(value.index()));
          out.write(held);
        },
        value);
  }

  static V decode(Reader& in) {
    const Reader::Level level(in);
    const std::size_t index = in.read<std::uint8_t>();
    if (index >= sizeof...(Ts)) in.fail("a variant has no such alternative");
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      using Read = V (*)(Reader&);
      static constexpr Read readers[] = {
          [](Reader& from) { return V(std::in_place_index<I>, from.read<Ts>()); }...};
      return readers[index](in);
    }(std::index_sequence_for<Ts...>());
  }
};

}  // namespace mp
TWILL_END
