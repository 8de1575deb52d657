#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <pty.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace support {

using Lines = std::vector<std::string>;

/// What a person sees on a terminal: understands the few codes that twill uses, and takes notice of
/// every other. A cell is a byte; lines that have left the screen are kept.
class Display {
 public:
  Display(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), lines_(1) {}

  void take(char c) {
    if (!code_.empty() || c == '\033') {
      code_ += c;
      if (code_.size() > 2 && c >= '@' && c <= '~') obey();
    } else if (c == '\r') {
      at_ = 0;
    } else if (c == '\n') {
      if (++row_ == lines_.size()) lines_.emplace_back();
    } else {
      if (at_ == columns_) take('\r'), take('\n');
      std::string& line = lines_[row_];
      if (line.size() <= at_) line.resize(at_ + 1, ' ');
      line[at_++] = c;
    }
  }

  /// From the first one on, without spaces at the end; no empty ones at the end.
  Lines lines() const {
    Lines all = lines_;
    for (auto& line : all) line.erase(line.find_last_not_of(' ') + 1);
    while (!all.empty() && all.back().empty()) all.pop_back();
    return all;
  }
  const std::string& unknown() const { return unknown_; }
  std::size_t row() const { return row_; }

 private:
  void obey() {
    const std::string code = std::exchange(code_, {}).substr(1);
    if (code == "[K" || code == "[J") {
      if (lines_[row_].size() > at_) lines_[row_].resize(at_);
      if (code == "[J") lines_.resize(row_ + 1);
    } else if (code.back() == 'A') {
      const std::size_t top = lines_.size() - std::min(lines_.size(), rows_);
      const std::size_t up = std::stoul(code.substr(1));
      row_ = row_ - top < up ? top : row_ - up;
    } else if (code.back() != 'm') {
      unknown_ += code + ' ';
    }
  }

  std::size_t rows_, columns_;
  Lines lines_;
  std::size_t row_ = 0, at_ = 0;
  std::string code_, unknown_;
};

/// A pseudo-terminal, and who looks at it.
class Terminal {
 public:
  explicit Terminal(unsigned short rows = 24, unsigned short columns = 80)
      : display_(rows, columns) {
    winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (openpty(&master_, &slave_, nullptr, nullptr, &size) != 0) std::abort();
  }
  ~Terminal() {
    hang_up();
    close(slave_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int descriptor() const { return slave_; }

  void resize(unsigned short rows, unsigned short columns) {
    const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ioctl(slave_, TIOCSWINSZ, &size);
  }
  void hang_up() {
    if (master_ >= 0) close(master_);
    master_ = -1;
  }

  /// Whatever is written from now on is not seen by the next look().
  void mark() { [[maybe_unused]] const auto n = write(slave_, &kMark, 1); }

  /// What is seen when all before the next mark is written, which somebody else may do meanwhile.
  const Display& look() {
    for (char c; read(master_, &c, 1) == 1 && c != kMark;) raw_ += c, display_.take(c);
    return display_;
  }
  Lines seen() { return mark(), look().lines(); }
  const Display& look_at_rest() const { return display_; }

  /// All bytes that look() came across.
  const std::string& raw() const { return raw_; }

 private:
  static constexpr char kMark = '\x05';
  int master_ = -1, slave_ = -1;
  Display display_;
  std::string raw_;
};

}  // namespace support
