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

struct Found {
  std::string place;     ///< of the innermost function outside the libraries
  bool library = false;  ///< there were functions in the libraries
};

/// Called for each function inlined at the instruction, the innermost first.
int take_line(void* result, std::uintptr_t, const char* file, int line, const char*) {
  auto& found = *static_cast<Found*>(result);
  if (file == nullptr) return 0;
  if (is_library_code(file)) {
    found.library = true;
    return 0;
  }
  found.place = std::string(base_name(file)) + ':' + std::to_string(line);
  return 1;
}

void ignore_error(void*, const char*, int) {}

Found look_up(const void* instruction) {
  static backtrace_state* const state =
      backtrace_create_state(nullptr, /*threaded=*/1, ignore_error, nullptr);
  Found found;
  if (state != nullptr)
    backtrace_pcinfo(state, reinterpret_cast<std::uintptr_t>(instruction), take_line, ignore_error,
                     &found);
  return found;
}

#else

struct Found {
  std::string place;
  bool library = false;
};

Found look_up(const void*) { return {}; }

#endif

}  // namespace

std::string place_of(const void* instruction) {
  std::string place = look_up(instruction).place;
  return place.empty() ? place_in_module(instruction) : place;
}

bool lies_in_library(const void* instruction) {
  const Found found = look_up(instruction);
  return found.library && found.place.empty();
}

}  // namespace detail
TWILL_END
