#pragma once

#include <compare>
#include <concepts>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// A string of a shared container: std::string with its text in the container's memory. Copies are
/// ordinary ones, in memory of this process.
class SharedString : public std::pmr::string {
  using Base = std::pmr::string;

 public:
  using Base::operator=;

  SharedString() = default;
  explicit SharedString(const allocator_type& memory) : Base(memory) {}
  SharedString(std::string_view text, const allocator_type& memory = {}) : Base(text, memory) {}
  SharedString(const std::string& text, const allocator_type& memory = {}) : Base(text, memory) {}
  SharedString(const char* text, const allocator_type& memory = {}) : Base(text, memory) {}
  SharedString(const SharedString& other) : Base(other) {}
  SharedString(const SharedString& other, const allocator_type& memory) : Base(other, memory) {}
  SharedString(SharedString&& other) noexcept : Base(std::move(other)) {}
  SharedString(SharedString&& other, const allocator_type& memory)
      : Base(std::move(other), memory) {}
  ~SharedString() = default;
  SharedString& operator=(const SharedString&) = default;
  SharedString& operator=(SharedString&&) = default;

  operator std::string() const { return {data(), size()}; }

  /// With whatever is text.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const SharedString& a, const Text& b) noexcept {
    return std::string_view(a) == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> Text>
  friend auto operator<=>(const SharedString& a, const Text& b) noexcept {
    return std::string_view(a) <=> std::string_view(b);
  }
};

}  // namespace mp
TWILL_END
