#include <twill/platform/error.hpp>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "model/engine.hpp"

TWILL_BEGIN
namespace detail {

void die(const char* format, ...) noexcept {
  char line[512];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (model::exploring) model::fail(line);
  std::fprintf(stderr, "twill: %s\n", line);
  std::abort();
}

}  // namespace detail
TWILL_END
