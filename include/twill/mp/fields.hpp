#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <twill/platform/abi.hpp>

/// The fields of an aggregate, found as Boost.PFR finds them, but arrays may be among them: {}
/// makes one field of whatever type, so an aggregate has as many fields as it takes of those.

TWILL_BEGIN
namespace mp {

template <class... Ts>
struct TypeList {};

namespace detail {

inline constexpr std::size_t kMostFields = 24;

/// Becomes any field of an aggregate T; never called.
template <class T>
struct AnyField {
  template <class U>
    requires(!std::same_as<U, T>)
  operator U() const {
    __builtin_unreachable();
  }
};

/// Becomes any reference.
template <class T>
struct AnyReference {
  template <class U>
    requires(!std::same_as<U, T>)
  operator U&() const {
    __builtin_unreachable();
  }
};

/// Becomes any base of an aggregate T.
template <class T>
struct AnyBase {
  template <class U>
    requires(!std::same_as<U, T> && std::is_base_of_v<U, T>)
  operator U() const {
    __builtin_unreachable();
  }
};

template <class T>
concept HasBase = requires { T{AnyBase<T>{}}; };

// clang-format off
#define TWILL_EACH_1(m) m(1)
#define TWILL_EACH_2(m) TWILL_EACH_1(m), m(2)
#define TWILL_EACH_3(m) TWILL_EACH_2(m), m(3)
#define TWILL_EACH_4(m) TWILL_EACH_3(m), m(4)
#define TWILL_EACH_5(m) TWILL_EACH_4(m), m(5)
#define TWILL_EACH_6(m) TWILL_EACH_5(m), m(6)
#define TWILL_EACH_7(m) TWILL_EACH_6(m), m(7)
#define TWILL_EACH_8(m) TWILL_EACH_7(m), m(8)
#define TWILL_EACH_9(m) TWILL_EACH_8(m), m(9)
#define TWILL_EACH_10(m) TWILL_EACH_9(m), m(10)
#define TWILL_EACH_11(m) TWILL_EACH_10(m), m(11)
#define TWILL_EACH_12(m) TWILL_EACH_11(m), m(12)
#define TWILL_EACH_13(m) TWILL_EACH_12(m), m(13)
#define TWILL_EACH_14(m) TWILL_EACH_13(m), m(14)
#define TWILL_EACH_15(m) TWILL_EACH_14(m), m(15)
#define TWILL_EACH_16(m) TWILL_EACH_15(m), m(16)
#define TWILL_EACH_17(m) TWILL_EACH_16(m), m(17)
#define TWILL_EACH_18(m) TWILL_EACH_17(m), m(18)
#define TWILL_EACH_19(m) TWILL_EACH_18(m), m(19)
#define TWILL_EACH_20(m) TWILL_EACH_19(m), m(20)
#define TWILL_EACH_21(m) TWILL_EACH_20(m), m(21)
#define TWILL_EACH_22(m) TWILL_EACH_21(m), m(22)
#define TWILL_EACH_23(m) TWILL_EACH_22(m), m(23)
#define TWILL_EACH_24(m) TWILL_EACH_23(m), m(24)
#define TWILL_EACH_25(m) TWILL_EACH_24(m), m(25)

#define TWILL_ARITIES(m) \
  m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15) m(16) m(17) \
  m(18) m(19) m(20) m(21) m(22) m(23) m(24)

#define TWILL_BRACES(n) {}
#define TWILL_ANY(n) AnyField<T>{}
#define TWILL_REFERENCE(n) AnyReference<T>{}
#define TWILL_NAME(n) f##n
#define TWILL_TYPE(n) decltype(f##n)
// clang-format on

/// kMostFields + 1: too many. A field that is not default-constructible forbids every number of {};
/// what takes any value is counted then, and what takes any reference at last. 0: empty, or
/// unknown.
template <class T>
consteval std::size_t count_fields() {
  std::size_t fields = 0;
#define TWILL_TRY(n) \
  if (requires { T{TWILL_EACH_##n(TWILL_BRACES)}; }) fields = n;
  TWILL_ARITIES(TWILL_TRY)
  TWILL_TRY(25)
#undef TWILL_TRY
  if (fields != 0 || std::is_empty_v<T>) return fields;
#define TWILL_TRY(n) \
  if (requires { T{TWILL_EACH_##n(TWILL_ANY)}; }) fields = n;
  TWILL_ARITIES(TWILL_TRY)
  TWILL_TRY(25)
#undef TWILL_TRY
  if (fields != 0) return fields;
#define TWILL_TRY(n) \
  if (requires { T{TWILL_EACH_##n(TWILL_REFERENCE)}; }) fields = n;
  TWILL_ARITIES(TWILL_TRY)
  TWILL_TRY(25)
#undef TWILL_TRY
  return fields;
}

template <class T>
inline constexpr std::size_t kFields = count_fields<T>();

/// What `f` answers for the fields of `value`; their types, references included, are f's template
/// arguments.
template <class T, class F>
constexpr auto with_fields(T& value, const F& f) {
  constexpr std::size_t fields = kFields<std::remove_cv_t<T>>;
  if constexpr (fields == 0) return static_cast<void>(value), f.template operator()<>();
#define TWILL_BIND(n)                                                                     \
  else if constexpr (fields == n) {                                                       \
    auto& [TWILL_EACH_##n(TWILL_NAME)] = value;                                           \
    return f.template operator()<TWILL_EACH_##n(TWILL_TYPE)>(TWILL_EACH_##n(TWILL_NAME)); \
  }
  TWILL_ARITIES(TWILL_BIND)
#undef TWILL_BIND
}

#undef TWILL_BRACES
#undef TWILL_ANY
#undef TWILL_REFERENCE
#undef TWILL_NAME
#undef TWILL_TYPE
#undef TWILL_ARITIES

struct ListTypes {
  template <class... Fs>
  constexpr TypeList<Fs...> operator()(const auto&...) const {
    return {};
  }
};

/// TypeList of the fields' types, as they are declared.
template <class T>
using FieldsOf = decltype(with_fields(std::declval<T&>(), ListTypes{}));

}  // namespace detail
}  // namespace mp
TWILL_END
