#include "platform/type_name.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <string_view>

TWILL_BEGIN
namespace detail {

std::string name_of_type(const std::type_info& type) {
  const std::unique_ptr<char, void (*)(void*)> plain(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), std::free);
  std::string name = plain != nullptr ? plain.get() : type.name();
  constexpr std::string_view kInline = "twill::v0::";  // as it is spelled by whoever catches it
  if (name.starts_with(kInline)) name.replace(0, kInline.size(), "twill::");
  return name;
}

std::string name_of_current_exception() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  return type != nullptr ? name_of_type(*type) : "an exception of another language";
}

}  // namespace detail
TWILL_END
