#include "platform/fault.hpp"

#include <cstdlib>
#include <string_view>

TWILL_BEGIN
namespace detail {

bool fault(Fault f) noexcept {
  static const std::string_view wanted = [] {
    const char* value = std::getenv("TWILL_FAULT");
    return value ? std::string_view(value) : std::string_view();
  }();
  if (wanted.empty()) return false;
  constexpr std::string_view kNames[] = {"membarrier", "thread_create"};
  return wanted.find(kNames[static_cast<unsigned>(f)]) != std::string_view::npos;
}

}  // namespace detail
TWILL_END
