#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

/// The process that made a call of a pool ended before the call did. Nobody else has made it, and
/// nobody will unless it is asked for again.
class TWILL_API WorkerLost : public Error {
 public:
  struct Report {
    std::string task;                      ///< what was called
    std::string worker;                    ///< the name of the process
    int pid = 0;                           ///< its number, which another may have by now
    int exitcode = 0;                      ///< what it ended with, or -N if signal N ended it
    std::chrono::nanoseconds run_time{0};  ///< of the call, until the end was seen
    std::uint64_t peak_memory = 0;         ///< the most that the process had resident, in bytes
    /// Whether the kernel ended it for want of memory; none if the kernel does not say.
    std::optional<bool> out_of_memory = {};
  };

  explicit WorkerLost(Report report) : Error(words(report)), report_(std::move(report)) {}

  const Report& report() const noexcept { return report_; }

 private:
  static std::string words(const Report& report);

  Report report_;
};

/// A pool of processes whose initializer has failed, or whose workers end before they begin.
class TWILL_API BrokenProcessPool : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

}  // namespace mp
TWILL_END
