#include "task/screen.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <new>
#include <unistd.h>
#include <utility>

#include "park/word_lock.hpp"
#include "platform/at_fork.hpp"
#include "platform/terminal.hpp"
#include "platform/write.hpp"
#include "task/bar_text.hpp"
#include "thread/print_over.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constinit WordLock screens_lock;
constexpr int kPatience = 1000;  // ms
constexpr std::string_view kWipe = "\r\033[J";

bool knows_escape_codes() noexcept {
  const char* name = std::getenv("TERM");
  const std::string_view terminal = name == nullptr ? "" : name;
  return !terminal.empty() && terminal != "dumb";
}

}  // namespace

constinit Screen* Screen::first_ = nullptr;

Screen::Screen(std::uint64_t terminal, int descriptor) noexcept
    : next_(first_), terminal_(terminal), descriptor_(descriptor) {
  first_ = this;
}

Screen::~Screen() {
  Screen** link = &first_;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  close(descriptor_);
}

Screen* Screen::on(std::uint64_t terminal) noexcept {
  Screen* screen = first_;
  while (screen != nullptr && screen->terminal_ != terminal) screen = screen->next_;
  return screen;
}

/// Whoever was drawing is gone, and may have left anything half done: nothing of it is freed.
void Screen::after_fork() noexcept {
  first_ = nullptr;
  print_over.store(nullptr, relaxed);
  screens_lock.reset();
}

/// What unwinding would have done: the shell goes on below the lines.
void Screen::at_exit() {
  const std::unique_lock drawing(screens_lock, std::try_to_lock);
  if (!drawing) return;
  print_over.store(nullptr, relaxed);
  for (Screen* screen = std::exchange(first_, nullptr); screen != nullptr; screen = screen->next_) {
    std::string all(kWipe);
    for (const ScreenLine* line = screen->lines_; line != nullptr; line = line->next_)
      all += screen->last_text(*line);
    screen->send(all + screen->unfinished_, kPatience);
  }
}

void Screen::register_handlers() noexcept {
  [[maybe_unused]] static const bool once = [] {
    at_fork(nullptr, nullptr, after_fork);
    return std::atexit(at_exit) == 0;
  }();
}

Screen* Screen::begin(int descriptor, ScreenLine& line) {
  const std::uint64_t terminal = terminal_of(descriptor);
  if (terminal == 0 || !knows_escape_codes()) return nullptr;
  register_handlers();
  Screen* screen = nullptr;
  {
    const WordLock::Guard guard(screens_lock);
    screen = on(terminal);
    if (screen == nullptr) {
      const int own = open_again(descriptor);
      if (own < 0) return nullptr;
      screen = new Screen(terminal, own);
    }
    *screen->end_of_lines() = &line;
    print_over.store(&Screen::print, release);
  }
  if (terminal_of(STDOUT_FILENO) == terminal) let_prints_pass();
  screen->draw();
  return screen;
}

void Screen::draw() try {
  const std::unique_lock drawing_now(screens_lock, std::try_to_lock);
  if (!drawing_now || !in_use()) return;
  if (!unsent_.empty()) send({}, 0);
  if (unsent_.empty()) send(drawing(), 0);
} catch (const std::bad_alloc&) {
}

void Screen::end(ScreenLine& line) try {
  const WordLock::Guard guard(screens_lock);
  if (!in_use()) return;
  remove(line);
  send(std::string(kWipe) + last_text(line) + drawing(), kPatience);
  if (lines_ != nullptr) return;
  delete this;
  if (first_ == nullptr) print_over.store(nullptr, relaxed);
} catch (const std::bad_alloc&) {
}

ScreenLine** Screen::end_of_lines() noexcept {
  ScreenLine** link = &lines_;
  while (*link != nullptr) link = &(*link)->next_;
  return link;
}

void Screen::remove(ScreenLine& line) noexcept {
  ScreenLine** link = &lines_;
  while (*link != &line) link = &(*link)->next_;
  *link = line.next_;
}

std::string Screen::last_text(const ScreenLine& line) const {
  return line.text(terminal_size(descriptor_).columns - 1, true) + "\r\n";
}

/// All lines, and the cursor back to where it was; what was there before is overwritten. No line
/// may reach the last column, where some terminals go on to the next.
std::string Screen::drawing() const {
  if (lines_ == nullptr) return unfinished_;
  const auto [columns, rows] = terminal_size(descriptor_);
  std::string all = '\r' + std::string(cut(printable(unfinished_), columns - 1));
  std::size_t count = all.size() > 1 ? 1 : 0;
  const ScreenLine* line = lines_;
  for (; line != nullptr && count + 1 < std::max<std::size_t>(rows, 2);
       line = line->next_, ++count) {
    if (count > 0) all += "\033[K\r\n";
    all += line->text(columns - 1, false);
  }
  all += "\033[J\r";
  if (count > 1) all += fmt::format("\033[{}A", count - 1);
  return all;
}

/// Takes the whole lines out of what was printed; and the rest, if there is nothing in it to see.
std::string Screen::finished() {
  std::size_t end = unfinished_.rfind('\n') + 1;  // 0 if there is none
  if (printable(std::string_view(unfinished_).substr(end)).empty()) end = unfinished_.size();
  std::string lines = unfinished_.substr(0, end);
  unfinished_.erase(0, end);
  return lines;
}

void Screen::send(std::string_view text, int patience) {
  unsent_ += text;
  unsent_.erase(0, write_within(patience, descriptor_, unsent_.data(), unsent_.size()));
}

int Screen::print(int descriptor, std::string_view text, std::FILE* held) {
  const std::uint64_t terminal = terminal_of(descriptor);
  std::unique_lock writing(screens_lock);
  Screen* screen = on(terminal);
  if (screen == nullptr) return -1;
  std::string all = std::exchange(screen->unsent_, {});
  all += kWipe;
  if (held != nullptr) {  // nobody can tell what: the line that it belongs to ends with this text
    all += std::exchange(screen->unfinished_, {});
    if (const int error = write_all(descriptor, all.data(), all.size())) return error;
    if (fflush_unlocked(held) != 0) return errno;
    all = text;
    if (!text.ends_with('\n')) all += "\r\n";
  } else {
    screen->unfinished_ += text;
    all += screen->finished();
  }
  all += screen->drawing();
  return write_all(descriptor, all.data(), all.size());
}

}  // namespace detail
TWILL_END
