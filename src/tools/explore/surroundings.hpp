#pragma once

#include <cstdint>

#include <twill/thread/excepthook.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// Exceptions that nobody catches are findings; names begin anew in each execution.
class Surroundings {
 public:
  Surroundings();
  ~Surroundings();
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

 private:
  ExceptHook hook_;
  std::uint64_t threads_named_;
  std::uint64_t crews_named_;
};

}  // namespace detail::explorer
TWILL_END
