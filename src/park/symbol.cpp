#include "park/symbol.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <initializer_list>
#include <string_view>

#include "park/word_lock.hpp"

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
  return file.find("include/c++/") != file.npos || file.find("include/twill/") != file.npos;
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

/// libbacktrace does without, but what it shares no race detector can see.
constinit WordLock lock;

backtrace_state* state() {
  static backtrace_state* const made =
      backtrace_create_state(nullptr, /*threaded=*/1, ignore_error, nullptr);
  return made;
}

Found look_up(const void* instruction) {
  Found found;
  const WordLock::Guard guard(lock);
  if (state() != nullptr)
    backtrace_pcinfo(state(), reinterpret_cast<std::uintptr_t>(instruction), take_line,
                     ignore_error, &found);
  return found;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

void take_symbol(void* result, std::uintptr_t, const char* symbol, std::uintptr_t, std::uintptr_t) {
  *static_cast<bool*>(result) =
      symbol != nullptr &&
      starts_with_any(symbol, {"_ZNSt", "_ZNKSt", "_ZSt", "_ZN5twill", "_ZNK5twill"});
}

/// By its name alone: libbacktrace finds no lines for some functions that many files contain, as
/// those of templates are.
bool is_library_symbol(const void* instruction) {
  bool library = false;
  const WordLock::Guard guard(lock);
  if (state() != nullptr)
    backtrace_syminfo(state(), reinterpret_cast<std::uintptr_t>(instruction), take_symbol,
                      ignore_error, &library);
  return library;
}

#else

WordLock lock;

struct Found {
  std::string place;
  bool library = false;
};

Found look_up(const void*) { return {}; }

bool is_library_symbol(const void*) { return false; }

#endif

}  // namespace

std::string place_of(const void* instruction) {
  std::string place = look_up(instruction).place;
  return place.empty() ? place_in_module(instruction) : place;
}

bool lies_in_library(const void* instruction) {
  const Found found = look_up(instruction);
  return found.place.empty() && (found.library || is_library_symbol(instruction));
}

void symbols_before_fork() noexcept { lock.lock(); }
void symbols_after_fork_in_parent() noexcept { lock.unlock(); }
void symbols_after_fork() noexcept { lock.reset(); }

}  // namespace detail
TWILL_END
