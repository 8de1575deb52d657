#pragma once

#include <cstdint>
#include <cstring>
#include <source_location>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

namespace detail {

/// Who an object is, in eight bytes of it: where it was made, or, once it was named or printed, a
/// record in the side table that holds name, serial number and that place. Empty work at
/// construction, so that an object with a label stays constexpr-constructible.
class TWILL_API Label {
 public:
  constexpr explicit Label(std::source_location made) noexcept : made_(made) {}
  Label(const char* kind, std::string name, std::source_location made);
  ~Label() {
    if (has_record()) [[unlikely]]
      forget();
  }
  Label(const Label&) = delete;
  Label& operator=(const Label&) = delete;

  /// The given name, or "Lock#3 (made at bank.cpp:12)"; the serial number is drawn when first asked
  /// for.
  std::string describe(const char* kind) const;

  /// The given name, or "Lock#3".
  std::string name(const char* kind) const;

 private:
  static_assert(sizeof(std::source_location) == sizeof(std::uintptr_t));

  bool has_record() const noexcept {
    std::uintptr_t bits;
    std::memcpy(&bits, &made_, sizeof bits);
    return (bits & 1) != 0;
  }
  void forget() noexcept;

  std::source_location made_;  ///< or, with the lowest bit set, a pointer to a record
};

}  // namespace detail
TWILL_END
