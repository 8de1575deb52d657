#pragma once

#include <string>
#include <typeinfo>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// As a program spells it: "std::out_of_range", "twill::ValueError".
std::string name_of_type(const std::type_info& type);
/// That of the exception which is being handled.
std::string name_of_current_exception();

}  // namespace detail
TWILL_END
