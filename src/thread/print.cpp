#include <twill/thread/print.hpp>

#include <cstdio>
#include <fmt/format.h>
#include <stdio_ext.h>

#include <twill/platform/error.hpp>

#include "platform/write.hpp"
#include "thread/print_over.hpp"

TWILL_BEGIN
namespace detail {

constinit atomic<PrintOver> print_over{nullptr};

namespace {

/// The lock that stdio itself takes for its stdout.
class Stdout {
 public:
  Stdout() noexcept { flockfile(stdout); }
  ~Stdout() { funlockfile(stdout); }
  Stdout(const Stdout&) = delete;
  Stdout& operator=(const Stdout&) = delete;

  int write(const fmt::memory_buffer& text) {
    std::FILE* held = __fpending(stdout) > 0 ? stdout : nullptr;
    return write_over(fileno_unlocked(stdout), {text.data(), text.size()}, held);
  }
};

}  // namespace

int write_over(int descriptor, std::string_view text, std::FILE* held) {
  if (const PrintOver over = print_over.load(acquire))
    if (const int error = over(descriptor, text, held); error >= 0) return error;
  if (held != nullptr && fflush_unlocked(held) != 0) return errno;
  return write_all(descriptor, text.data(), text.size());
}

void let_prints_pass() noexcept { Stdout(); }

void print(fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer text;
  fmt::vformat_to(std::back_inserter(text), format, args);
  if (const int error = Stdout().write(text)) throw OSError(error, "print()");
}

}  // namespace detail
TWILL_END
