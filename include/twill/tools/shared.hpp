#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <twill/platform/abi.hpp>
#include <twill/platform/here.hpp>

TWILL_BEGIN
namespace detail {

/// What an exploration knows of a Shared or an Atomic.
class TWILL_API SharedCell {
 public:
  explicit SharedCell(const char* name);
  SharedCell(const SharedCell&) = delete;
  SharedCell& operator=(const SharedCell&) = delete;
  const char* name() const noexcept { return name_; }

  /// The value as it is, for the table.
  using Text = std::string (*)(const void* value);
  /// Plain, plain, atomic, atomic.
  enum class Use : std::uint8_t { read, write, load, modify };
  /// Others may go on before the use that follows.
  /// True if done() is to be called afterwards.
  bool uses(Use use, const void* site) const;
  /// A `modify` left the value as it was.
  void unchanged() const noexcept;
  void done(const void* value, Text text) const;

 private:
  const char* name_;
};

/// Nothing, if that cannot be put into words: a null const char*, for one.
template <class T>
std::string text_of(const void* value) {
  if constexpr (fmt::is_formattable<T>::value) {
    try {
      return fmt::format("{}", *static_cast<const T*>(value));
    } catch (const std::exception&) {
    }
  }
  return "";
}

}  // namespace detail

/// A plain variable whose reads and writes an exploration sees: each is a step of its own at which
/// the thread may change, and two that nothing orders are a data race. Outside of an exploration it
/// is the variable and nothing more, without any protection.
template <class T>
class Shared {
 public:
  /// `name` heads the variable's column; it must live as long as the variable.
  explicit Shared(T value = T(), const char* name = "shared")
      : cell_(name), value_(std::move(value)) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  TWILL_INLINE T get() const { return read(detail::here()); }
  TWILL_INLINE operator T() const { return read(detail::here()); }
  TWILL_INLINE void set(T value) { write(std::move(value), detail::here()); }
  TWILL_INLINE Shared& operator=(T value) { return set(std::move(value)), *this; }

  // A read, and later a write: not one step.
  TWILL_INLINE Shared& operator+=(const T& other) {
    const void* site = detail::here();
    write(read(site) + other, site);
    return *this;
  }
  TWILL_INLINE Shared& operator-=(const T& other) {
    const void* site = detail::here();
    write(read(site) - other, site);
    return *this;
  }
  TWILL_INLINE Shared& operator++() { return *this += T(1); }
  TWILL_INLINE Shared& operator--() { return *this -= T(1); }

 private:
  using Use = detail::SharedCell::Use;

  T read(const void* site) const {
    const bool tell = cell_.uses(Use::read, site);
    T value = value_;
    if (tell) [[unlikely]]
      cell_.done(&value_, detail::text_of<T>);
    return value;
  }
  void write(T value, const void* site) {
    const bool tell = cell_.uses(Use::write, site);
    value_ = std::move(value);
    if (tell) [[unlikely]]
      cell_.done(&value_, detail::text_of<T>);
  }

  detail::SharedCell cell_;
  T value_;
};

template <class T>
Shared(T, const char*) -> Shared<T>;

TWILL_END
