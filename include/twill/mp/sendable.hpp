#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include <twill/mp/fields.hpp>
#include <twill/mp/offer.hpp>
#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// How values of T cross to another process: the one thing to specialise for a type that twill
/// cannot look into, or that should cross in another way than field by field.
///
///     template <>
///     struct twill::mp::Codec<Account> {
///       static void encode(auto& out, const Account& account) {
///         out.write(account.owner());
///         out.write(account.cents());
///       }
///       static Account decode(Reader& in) {
///         auto owner = in.read<std::string>();
///         return Account(std::move(owner), in.read<long>());
///       }
///     };
///
/// encode() is called twice, to count and to write, and writes the same, one byte at least, both
/// times. decode() reads what encode() wrote, and calls in.fail("...") if that makes no sense.
/// A class template rather than a function found by argument: types of std and of others can have
/// one, none is chosen by a conversion, and T needs neither a default constructor nor assignment.
template <class T>
struct Codec;

/// True for types of yours that are to cross as the bytes they have in memory though they have
/// private parts: they hold no pointer, and any bytes are a value of them.
template <class T>
inline constexpr bool by_copy = false;

namespace detail {

template <class T>
concept HasCodec = requires { sizeof(Codec<T>); };

/// A value of any other number is then a value of it, too.
template <class T>
concept FixedEnum = std::is_enum_v<T> && requires { T{0}; };

template <class T>
inline constexpr bool kView = false;
template <class C, class T>
inline constexpr bool kView<std::basic_string_view<C, T>> = true;
template <class T, std::size_t N>
inline constexpr bool kView<std::span<T, N>> = true;

template <class T>
inline constexpr bool kSharing = false;
template <class T>
inline constexpr bool kSharing<std::shared_ptr<T>> = true;
template <class T>
inline constexpr bool kSharing<std::weak_ptr<T>> = true;

template <class T>
inline constexpr bool kReference = false;
template <class T>
inline constexpr bool kReference<std::reference_wrapper<T>> = true;

template <class T>
inline constexpr bool kArray = false;
template <class T, std::size_t N>
inline constexpr bool kArray<std::array<T, N>> = true;

/// Takes what an archive of cereal takes.
struct AnyArchive {
  template <class... Ts>
  AnyArchive& operator()(Ts&&...);
};

/// Has functions by which an archive reads and writes it, and so more to it than its fields.
template <class T>
concept HasArchiveFunctions =
    requires(AnyArchive& archive, T& value) { value.serialize(archive); } ||
    requires(AnyArchive& archive, T& value) { value.serialize(archive, 0u); } ||
    requires(AnyArchive& archive, T& value) { value.save(archive); } ||
    requires(AnyArchive& archive, T& value) { serialize(archive, value); } ||
    requires(AnyArchive& archive, T& value) { save(archive, value); };

/// Why a type cannot cross.
enum class Refusal {
  none,
  pointer,
  reference,
  view,
  sharing,
  array,
  shared,
  loose_enum,
  uncopyable,
  union_,
  virtual_,
  archive,
  closed,
  base,
  fields,
};

/// Without those of its parts.
template <class T>
consteval Refusal own_refusal() {
  using enum Refusal;
  if constexpr (std::is_reference_v<T>)
    return reference;
  else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_function_v<T> ||
                     std::is_null_pointer_v<T>)
    return pointer;
  else if constexpr (std::is_array_v<T>)
    return array;
  else if constexpr (HasCodec<T>)
    return none;
  else if constexpr (by_copy<T>)
    return std::is_trivially_copyable_v<T> ? none : uncopyable;
  else if constexpr (std::is_arithmetic_v<T> || kArray<T>)
    return none;
  else if constexpr (std::is_enum_v<T>)
    return FixedEnum<T> ? none : loose_enum;
  else if constexpr (kView<T>)
    return view;
  else if constexpr (kSharing<T>)
    return sharing;
  else if constexpr (kOffered<T> || Offering::can<T>)
    return shared;
  else if constexpr (kReference<T>)
    return reference;
  else if constexpr (std::is_union_v<T>)
    return union_;
  else if constexpr (std::is_polymorphic_v<T>)
    return virtual_;
  else if constexpr (HasArchiveFunctions<T>)
    return archive;
  else if constexpr (!std::is_aggregate_v<T> || requires { std::tuple_size<T>::value; })
    return closed;
  else if constexpr (HasBase<T>)
    return base;
  else if constexpr (kFields<T> == 0 && !std::is_empty_v<T>)
    return closed;
  else
    return kFields<T> > kMostFields ? fields : none;
}

template <class T>
consteval bool flat();

template <class... Ts>
consteval bool all_flat(TypeList<Ts...>) {
  return (flat<std::remove_cv_t<Ts>>() && ...);
}

template <class T>
concept SplitIntoFields = std::is_class_v<T> && !HasCodec<T> && !by_copy<T> && !kArray<T> &&
                          own_refusal<T>() == Refusal::none;

template <class T>
consteval bool flat() {
  if constexpr (std::is_bounded_array_v<T>)
    return flat<std::remove_cv_t<std::remove_extent_t<T>>>();
  else if constexpr (own_refusal<T>() != Refusal::none || HasCodec<T> ||
                     !std::is_trivially_copyable_v<T> || !std::copy_constructible<T>)
    return false;
  else if constexpr (SplitIntoFields<T>)
    return all_flat(FieldsOf<T>{});
  else if constexpr (kArray<T>)
    return flat<typename T::value_type>();
  else
    return true;
}

/// What a value of T is made of: its Codec's Parts, or its fields.
template <class T>
consteval auto parts_of() {
  if constexpr (own_refusal<T>() != Refusal::none || flat<T>())
    return TypeList<>{};
  else if constexpr (requires { typename Codec<T>::Parts; })
    return typename Codec<T>::Parts{};
  else if constexpr (SplitIntoFields<T>)
    return FieldsOf<T>{};
  else
    return TypeList<>{};
}

/// `Seen`: the types around it, for types that contain themselves by a pointer or a container.
template <class T, class... Seen>
consteval bool crosses() {
  if constexpr ((std::same_as<T, Seen> || ...))
    return true;
  else if constexpr (own_refusal<T>() != Refusal::none)
    return false;
  else
    return []<class... Ps>(TypeList<Ps...>) {
      return (crosses<std::remove_cv_t<Ps>, T, Seen...>() && ...);
    }(parts_of<T>());
}

/// Does not compile for a type that does not cross: the message says why, and the lines round it
/// which type in which other.
template <class T, class... Seen>
constexpr void explain() {
  constexpr Refusal why = own_refusal<T>();
  static_assert(why != Refusal::pointer,
                "a pointer means nothing in another process: send the value, or an index");
  static_assert(why != Refusal::reference,
                "a reference means nothing in another process: send the value");
  static_assert(why != Refusal::view,
                "a view points to what stays in this process: send a std::string or a std::vector");
  static_assert(why != Refusal::sharing,
                "nothing is shared with another process by a shared_ptr: send the value, or a "
                "unique_ptr to it");
  static_assert(why != Refusal::shared,
                "processes share an object from their start on: pass std::ref() of it to Process, "
                "or to a pool's initializer");
  static_assert(why != Refusal::array, "an array is no value: send a std::array or a std::string");
  static_assert(why != Refusal::loose_enum,
                "not every number is a value of this enum: give it an underlying type, as in enum "
                "E : int");
  static_assert(why != Refusal::uncopyable, "by_copy is for trivially copyable types");
  static_assert(why != Refusal::union_,
                "which member of a union is alive is not known: send a std::variant");
  static_assert(why != Refusal::virtual_,
                "a class with virtual functions may be any of its heirs: send a std::variant of "
                "them, or specialise twill::mp::Codec");
  static_assert(why != Refusal::archive,
                "this class has functions for cereal: include <twill/mp/cereal.hpp>, and derive "
                "its twill::mp::Codec from twill::mp::CerealCodec");
  static_assert(why != Refusal::closed,
                "twill cannot look into a class with private parts or constructors: specialise "
                "twill::mp::Codec for it, or, if it is nothing but its bytes, twill::mp::by_copy");
  static_assert(why != Refusal::base,
                "an aggregate with a base class: make the base its first field, or specialise "
                "twill::mp::Codec");
  static_assert(why != Refusal::fields,
                "an aggregate of more than 24 fields: put some of them into another, or specialise "
                "twill::mp::Codec");
  if constexpr (!(std::same_as<T, Seen> || ...))
    []<class... Ps>(TypeList<Ps...>) {
      (explain<std::remove_cv_t<Ps>, T, Seen...>(), ...);
    }(parts_of<T>());
}

}  // namespace detail

/// Whether values of T cross to another process. Where it is false, to_bytes() says why.
template <class T>
concept Sendable = std::same_as<T, std::remove_cv_t<T>> && detail::crosses<T>();

/// Whether T crosses as the sizeof(T) bytes that it has in memory.
template <class T>
inline constexpr bool is_flat = !std::is_array_v<T> && detail::flat<T>();

}  // namespace mp
TWILL_END
