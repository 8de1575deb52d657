#include <twill/thread/print.hpp>

#include <cstdio>
#include <fmt/format.h>
#include <stdio_ext.h>

#include <twill/platform/error.hpp>

#include "platform/write.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// The lock that stdio itself takes for its stdout.
class Stdout {
 public:
  Stdout() noexcept { flockfile(stdout); }
  ~Stdout() { funlockfile(stdout); }
  Stdout(const Stdout&) = delete;
  Stdout& operator=(const Stdout&) = delete;

  int write(const fmt::memory_buffer& text) noexcept {
    if (__fpending(stdout) > 0 && fflush_unlocked(stdout) != 0) return errno;
    return write_all(fileno_unlocked(stdout), text.data(), text.size());
  }
};

}  // namespace

void print(fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer text;
  fmt::vformat_to(std::back_inserter(text), format, args);
  if (const int error = Stdout().write(text)) throw OSError(error, "print()");
}

}  // namespace detail
TWILL_END
