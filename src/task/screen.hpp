#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// A line that stands at the bottom of a terminal until it ends.
class ScreenLine {
 public:
  virtual ~ScreenLine() = default;

  /// What it shows now, in at most so many columns. `over`: for the last time.
  virtual std::string text(std::size_t columns, bool over) const = 0;

 private:
  friend class Screen;
  ScreenLine* next_ = nullptr;
};

/// The lines at the bottom of one terminal, and how they are drawn there.
///
/// Between two writes the cursor stands where the first line begins. So one code wipes all of it
/// away, also after the terminal was made narrower, and what others write there without asking
/// covers a line instead of being lost.
///
/// One lock, of all screens, is held while a terminal is written to: nothing waits in the door
/// under it, and whoever only wants to draw goes away if it is taken.
class Screen {
 public:
  /// Adds a line below the others of the same terminal. Null if the descriptor leads to none, or to
  /// one without escape codes. Waits for a print() to that terminal that is under way.
  static Screen* begin(int descriptor, ScreenLine& line);

  /// Draws all lines anew, unless somebody writes there just now or the terminal takes nothing.
  void draw();

  /// Leaves the last text of the line above those that go on. Waits a second at most for a terminal
  /// that takes nothing. The screen is gone with its last line.
  void end(ScreenLine& line);

  /// When it shall be drawn again, in nanoseconds of the Clock.
  atomic<std::int64_t> due{0};

 private:
  Screen(std::uint64_t terminal, int descriptor) noexcept;
  ~Screen();

  static void register_handlers() noexcept;
  static void after_fork() noexcept;
  static void at_exit();
  static Screen* on(std::uint64_t terminal) noexcept;
  static int print(int descriptor, std::string_view text, std::FILE* held);

  /// False once the process exits, and in the child of a fork.
  bool in_use() const noexcept { return on(terminal_) == this; }
  ScreenLine** end_of_lines() noexcept;
  void remove(ScreenLine& line) noexcept;
  std::string last_text(const ScreenLine& line) const;
  std::string drawing() const;
  std::string finished();
  void send(std::string_view text, int patience);

  static Screen* first_;
  Screen* next_;
  const std::uint64_t terminal_;
  const int descriptor_;  ///< its own; writes to it do not block, where that can be had
  ScreenLine* lines_ = nullptr;
  std::string unsent_;      ///< what the terminal did not take yet
  std::string unfinished_;  ///< printed without a newline so far; shown as the first line
};

}  // namespace detail
TWILL_END
