#include <twill/platform/error.hpp>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "platform/dying.hpp"

TWILL_BEGIN
namespace detail {

constinit atomic<void (*)(const char* line) noexcept> before_dying{nullptr};

void die(const char* format, ...) noexcept {
  char line[512] = "twill: ";
  std::va_list arguments;
  va_start(arguments, format);
  int length = 7 + std::vsnprintf(line + 7, sizeof line - 8, format, arguments);
  va_end(arguments);
  if (length > static_cast<int>(sizeof line) - 2) length = sizeof line - 2;
  if (auto* const before = before_dying.load(acquire)) before(line + 7);
  line[length] = '\n';
  [[maybe_unused]] const auto written =
      write(STDERR_FILENO, line, static_cast<std::size_t>(length) + 1);
  std::abort();
}

}  // namespace detail
TWILL_END
