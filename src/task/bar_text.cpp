#include "task/bar_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kLeastBar = 5, kMostBar = 40;  // columns between the brackets

struct Glyph {
  std::size_t bytes, columns;
};

/// Scripts and pictures that terminals show twice as wide, roughly.
bool is_wide(char32_t c) noexcept {
  constexpr struct {
    char32_t first, last;
  } kWide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
               {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
               {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  return std::any_of(std::begin(kWide), std::end(kWide),
                     [c](auto& range) { return range.first <= c && c <= range.last; });
}

/// What a text that is not empty begins with.
Glyph first_glyph(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t bytes = lead < 0xC2   ? 1
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                            : lead < 0xF5 ? 4
                                          : 1;
  if (bytes == 1 || bytes > text.size()) return {1, 1};
  char32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {1, 1};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  return {bytes, is_wide(code) ? 2u : 1u};
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns || columns < 3) return std::string(cut(text, columns));
  return std::string(cut(text, columns - 2)) + "..";
}

std::string time_text(double seconds) {
  const auto s = static_cast<std::uint64_t>(std::min(seconds, 1e12));
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  if (s < 100 * 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{} d", s / 86400);
}

/// Per second with a prefix, or a minute or an hour if it is slow.
std::string rate_text(double rate) {
  if (rate < 1.0 / 60) return fmt::format("{:.3g}/h", rate * 3600);
  if (rate < 1) return fmt::format("{:.3g}/min", rate * 60);
  constexpr std::string_view kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  const auto* prefix = std::begin(kPrefixes);
  for (; rate >= 999.5 && prefix + 1 != std::end(kPrefixes); ++prefix) rate /= 1000;
  return fmt::format("{:.3g}{}/s", rate, *prefix);
}

/// Of nothing, everything is done.
double fraction_of(const BarState& state) {
  const auto total = static_cast<double>(*state.total);
  return *state.total == 0 ? 1 : static_cast<double>(state.done) / total;
}

/// " 45% ". 100 and more only if everything is done.
std::string percent_text(const BarState& state) {
  if (!state.total) return {};
  const double percent = std::min(std::floor(100 * fraction_of(state)), 1e6);
  return fmt::format("{:3.0f}% ", state.done < *state.total ? std::min(percent, 99.) : percent);
}

std::string numbers_text(const BarState& state) {
  const double seconds = std::chrono::duration<double>(state.elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(state.done) / seconds : 0;
  std::string text = fmt::format("{}", state.done);
  if (state.total) text += fmt::format("/{}", *state.total);
  if (!state.unit.empty()) text += fmt::format(" {}", state.unit);
  if (rate > 0) text += ", " + rate_text(rate);
  if (state.over)
    text += ", in " + time_text(seconds);
  else if (!state.total)
    text += ", " + time_text(seconds);
  else if (rate > 0 && state.done <= *state.total)
    text += ", ETA " + time_text(std::ceil(static_cast<double>(*state.total - state.done) / rate));
  return text;
}

std::string bar_of(const BarState& state, std::size_t columns) {
  const double full = std::min(fraction_of(state), 1.) * static_cast<double>(columns);
  const auto filled = static_cast<std::size_t>(full);
  return '[' + std::string(filled, '#') + std::string(columns - filled, '.') + "] ";
}

std::size_t less(std::size_t a, std::size_t b) noexcept { return a - std::min(a, b); }

}  // namespace

std::size_t columns_of(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (Glyph glyph; !text.empty(); text.remove_prefix(glyph.bytes))
    columns += (glyph = first_glyph(text)).columns;
  return columns;
}

std::string_view cut(std::string_view text, std::size_t columns) noexcept {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Glyph glyph = first_glyph(text.substr(bytes));
    if (glyph.columns > columns) break;
    bytes += glyph.bytes;
    columns -= glyph.columns;
  }
  return text.substr(0, bytes);
}

std::string printable(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\033[") {
      for (i += 2; i < text.size() && (text[i] < '@' || text[i] > '~');) ++i;
    } else {
      const bool control = static_cast<unsigned char>(text[i]) < ' ' || text[i] == '\x7F';
      plain += control ? ' ' : text[i];
    }
  }
  return plain;
}

std::string plain_text(const BarState& state) {
  std::string text(state.label);
  if (!text.empty()) text += ' ';
  return text + percent_text(state) + numbers_text(state);
}

std::string bar_text(const BarState& state, std::size_t columns) {
  const std::string percent = percent_text(state);
  const std::string numbers = numbers_text(state);
  const std::size_t room = less(columns, percent.size() + columns_of(numbers));
  std::string label = shortened(state.label, room / 2);
  std::size_t bar = std::min(less(room, columns_of(label) + 4), kMostBar);  // "label [bar] "
  if (!state.total || bar < kLeastBar) {
    label = shortened(state.label, less(room, 1));
    bar = 0;
  }
  if (!label.empty()) label += ' ';
  const std::string text = label + percent + (bar > 0 ? bar_of(state, bar) : "") + numbers;
  return std::string(cut(text, columns));
}

}  // namespace detail
TWILL_END
