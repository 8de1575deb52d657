#include "park/symbol.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <string_view>

#ifdef TWILL_HAVE_BACKTRACE
#include <backtrace.h>
#endif

TWILL_BEGIN
namespace detail {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string place_in_module(const void* instruction) {
  Dl_info info{};
  char text[64];
  if (dladdr(instruction, &info) == 0 || info.dli_fname == nullptr) {
    std::snprintf(text, sizeof text, "%p", instruction);
    return text;
  }
  const auto offset =
      static_cast<const char*>(instruction) - static_cast<const char*>(info.dli_fbase);
  std::snprintf(text, sizeof text, "+0x%zx", static_cast<std::size_t>(offset));
  return std::string(base_name(info.dli_fname)) + text;
}

#ifdef TWILL_HAVE_BACKTRACE

bool is_library_code(std::string_view file) {
  return file.find("/include/c++/") != file.npos || file.find("/include/twill/") != file.npos;
}

/// Called for each function inlined at the instruction, the innermost first.
int take_line(void* result, std::uintptr_t, const char* file, int line, const char*) {
  if (file == nullptr || is_library_code(file)) return 0;
  *static_cast<std::string*>(result) = std::string(base_name(file)) + ':' + std::to_string(line);
  return 1;
}

void ignore_error(void*, const char*, int) {}

std::string line_of(const void* instruction) {
  static backtrace_state* const state =
      backtrace_create_state(nullptr, /*threaded=*/1, ignore_error, nullptr);
  std::string place;
  if (state != nullptr)
    backtrace_pcinfo(state, reinterpret_cast<std::uintptr_t>(instruction), take_line, ignore_error,
                     &place);
  return place;
}

#else

std::string line_of(const void*) { return {}; }

#endif

}  // namespace

std::string place_of(const void* instruction) {
  std::string line = line_of(instruction);
  return line.empty() ? place_in_module(instruction) : line;
}

}  // namespace detail
TWILL_END
