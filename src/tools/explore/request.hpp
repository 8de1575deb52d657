#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <twill/tools/explore.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// What `twill explore` asks of a program, in an environment variable.
struct Request {
  static constexpr const char* kVariable = "TWILL_EXPLORE";

  ExploreOptions options = {};
  int answer_to = -1;  ///< a descriptor that the program closes when it has understood

  std::string text() const;
  /// ValueError for what is no request.
  static Request parse(std::string_view text);
};

std::string_view name_of(SearchBy by) noexcept;
std::optional<SearchBy> search_by(std::string_view name) noexcept;

}  // namespace detail::explorer
TWILL_END
