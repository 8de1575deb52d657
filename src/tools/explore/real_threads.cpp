#include "tools/explore/real_threads.hpp"

#include "tools/explore/thread_locals.hpp"

TWILL_BEGIN
namespace detail::explorer {

RealThreads::RealThreads(const ExploreOptions& options)
    : why_(options.real_threads ? "as asked for" : foreign_thread_local()) {}

std::string RealThreads::remark() const {
  return why_.empty() ? "" : "with a thread of the system for each, one at a time: " + why_;
}

}  // namespace detail::explorer
TWILL_END
