#pragma once

#include <string>

#include <twill/tools/explore.hpp>

#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// Whether the threads of the body have to be real ones, and why.
class RealThreads {
 public:
  explicit RealThreads(const ExploreOptions& options);

  Threads threads() const noexcept { return why_.empty() ? Threads::fibers : Threads::real; }
  /// For Exploration::remark.
  std::string remark() const;

 private:
  std::string why_;
};

}  // namespace detail::explorer
TWILL_END
