#pragma once

#include <string>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// One step of an execution, in words.
struct Row {
  unsigned task;
  std::string what;
  std::string variable = {};  ///< the Shared whose value is shown
  std::string value = {};
};

/// The steps one below the other: a column for each thread, then one for each Shared.
std::string table_of(const std::vector<Row>& rows, const std::vector<std::string>& names);

}  // namespace detail::explorer
TWILL_END
