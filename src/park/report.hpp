#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// One wait of a report, in words.
struct Link {
  std::string waiter = {};
  std::string owner = {};
  std::string object = {};
  const void* waits_at = nullptr;
  const void* acquired_at = nullptr;
  const char* guess = nullptr;  ///< what makes `owner` the one who is needed, if nothing else does
};

/// "Thread-1", or "thread 4711" for one without a name.
std::string name_of(std::uint32_t context);

std::string cycle_text(const std::vector<Link>& cycle, bool certain);
std::string vanished_text(const Link& link);
std::string standstill_text(const std::vector<Link>& waits);
/// A line for each wait, below a headline.
std::string waits_text(std::string headline, const std::vector<Link>& waits);

/// Prints a report to stderr.
void report(const std::string& text);
/// Unless it was printed before.
void report_once(const std::string& text);

}  // namespace detail
TWILL_END
