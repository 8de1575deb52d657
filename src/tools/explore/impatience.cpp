#include "tools/explore/impatience.hpp"

#include <algorithm>
#include <fstream>
#include <string>

TWILL_BEGIN
namespace detail::explorer {

int Impatience::milliseconds() const noexcept {
  constexpr std::int64_t kMost = 1'000'000'000;
  return static_cast<int>(std::clamp<std::int64_t>(nanoseconds() / 1'000'000, 1, kMost));
}

const char* Impatience::look(std::uint64_t steps) {
  constexpr std::int64_t kNothing = 1'000'000;  // a millisecond
  const std::int64_t now = computed();
  const bool was_idle = now - last_ < kNothing;
  last_ = now;
  if (steps_ != steps) {
    steps_ = steps;
    began_ = now;
    asleep_ = 0;
    return nullptr;
  }
  asleep_ = was_idle && is_asleep() ? asleep_ + 1 : 0;
  if (asleep_ == kLooks) return "sleeps";
  return now - began_ > patience_ ? "loops" : nullptr;
}

/// Of processor time, in nanoseconds.
std::int64_t Impatience::computed() const noexcept {
  timespec time{};
  clock_gettime(clock_, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

/// What stands behind the name in its line of the proc file system: S or D.
bool Impatience::is_asleep() const {
  const std::string folder = "/proc/" + std::to_string(process_) + "/task/";
  std::ifstream file(folder + std::to_string(thread_) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name = line.rfind(')');
  if (name == std::string::npos || name + 2 >= line.size()) return false;
  return line[name + 2] == 'S' || line[name + 2] == 'D';
}

}  // namespace detail::explorer
TWILL_END
