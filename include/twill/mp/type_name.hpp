#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp::detail {

template <class T>
consteval std::string_view signature() {
  return __PRETTY_FUNCTION__;
}

/// As the compiler spells it: for messages, and the same in every process of one program.
template <class T>
consteval std::string_view type_name() {
  constexpr std::string_view sample = signature<double>();
  constexpr std::size_t before = sample.find("double");
  constexpr std::size_t after = sample.size() - before - 6;
  constexpr std::string_view whole = signature<T>();
  return whole.substr(before, whole.size() - before - after);
}

/// FNV-1a (Fowler, Noll, Vo 1991), going on from `hash`.
constexpr std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t number) {
  for (int i = 0; i < 8; ++i, number >>= 8) hash = (hash ^ (number & 0xff)) * 0x100000001b3;
  return hash;
}

}  // namespace mp::detail
TWILL_END
