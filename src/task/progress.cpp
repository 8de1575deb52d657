#include <twill/task/progress.hpp>

#include <algorithm>
#include <new>
#include <unistd.h>

#include <twill/park/deadline.hpp>

#include "park/virtual_time.hpp"
#include "platform/write.hpp"
#include "task/bar_text.hpp"
#include "task/screen.hpp"

TWILL_BEGIN
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestText = 200;  // columns: a plain line goes into a pipe in one piece

std::string shown(std::string_view text) {
  return std::string(detail::cut(detail::printable(text), kLongestText));
}

}  // namespace

struct Progress::Bar final : detail::ScreenLine {
  explicit Bar(const ProgressOptions& options)
      : label(shown(options.label)),
        unit(shown(options.unit)),
        total(options.total),
        file(options.file),
        screen(detail::Screen::begin(file, *this)),
        due(screen != nullptr ? screen->due : plain_due) {
    due.store(detail::coarse_now() + pause().count(), detail::relaxed);
  }

  detail::BarState state(bool over) const {
    return {.label = label,
            .unit = unit,
            .done = done.load(detail::relaxed),
            .total = total,
            .elapsed = Clock::now() - began,
            .over = over};
  }

  std::string text(std::size_t columns, bool over) const override {
    return detail::bar_text(state(over), columns);
  }

  /// From one drawing to the next: a plain line comes when twice as much time is over.
  std::chrono::nanoseconds pause() const {
    if (screen != nullptr) return 100ms;
    return std::clamp<std::chrono::nanoseconds>(Clock::now() - began, 1s, 60s);
  }

  bool of_this_process() const noexcept { return getpid() == process; }

  /// One of those who come when it is due.
  void draw() {
    const std::int64_t now = detail::coarse_now();
    std::int64_t at = due.load(detail::relaxed);
    if (now < at || !of_this_process()) return;
    if (!due.compare_exchange_strong(at, now + pause().count(), detail::relaxed)) return;
    if (screen != nullptr) return screen->draw();
    say(false);
  }

  void end() {
    if (!of_this_process()) return;
    if (screen != nullptr) return screen->end(*this);
    say(true);
  }

  void say(bool over) try {
    const std::string line = detail::plain_text(state(over)) + '\n';
    detail::write_within(over ? 1000 : 0, file, line.data(), line.size());
  } catch (const std::bad_alloc&) {
  }

  const std::string label, unit;
  const std::optional<std::uint64_t> total;
  const int file;
  const pid_t process = getpid();
  const Clock::time_point began = Clock::now();
  alignas(64) detail::atomic<std::uint64_t> done{0};  // apart from what is only read
  alignas(64) detail::atomic<std::int64_t> plain_due{0};
  detail::Screen* const screen;
  detail::atomic<std::int64_t>& due;
};

Progress::Progress(ProgressOptions options) : bar_(std::make_unique<Bar>(options)) {}

Progress::~Progress() { bar_->end(); }

void Progress::advance(std::uint64_t n) {
  bar_->done.fetch_add(n, detail::relaxed);
  if (detail::coarse_now() >= bar_->due.load(detail::relaxed)) [[unlikely]]
    bar_->draw();
}

std::uint64_t Progress::count() const noexcept { return bar_->done.load(detail::relaxed); }

TWILL_END
