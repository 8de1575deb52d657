#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// How far something came.
struct BarState {
  std::string_view label = {};
  std::string_view unit = {};
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total = {};
  std::chrono::nanoseconds elapsed = {};
  bool over = false;  ///< it will come no further
};

/// For a log: "frames  45% 450/1000, 36.7/s, ETA 0:15".
std::string plain_text(const BarState& state);

/// For a terminal: "frames  45% [####......] 450/1000, 36.7/s, ETA 0:15", in at most so many
/// columns. Where they are few, the label is cut first, then the bar is left out, then the end.
std::string bar_text(const BarState& state, std::size_t columns);

/// The text without escape sequences, and with a space for every other control character.
std::string printable(std::string_view text);

/// How many columns of a terminal UTF-8 takes; what is none takes one a byte.
std::size_t columns_of(std::string_view text) noexcept;

/// The longest beginning that takes no more columns. Never ends inside a code point.
std::string_view cut(std::string_view text, std::size_t columns) noexcept;

}  // namespace detail
TWILL_END
