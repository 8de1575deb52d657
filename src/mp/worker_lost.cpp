#include <twill/mp/worker_lost.hpp>

#include <cstring>
#include <fmt/format.h>

TWILL_BEGIN
namespace mp {

std::string WorkerLost::words(const Report& report) {
  constexpr double kMebibyte = 1 << 20;
  const auto how = report.exitcode < 0
                       ? fmt::format("was killed by signal {} ({})", -report.exitcode,
                                     ::strsignal(-report.exitcode))
                       : fmt::format("ended with exit code {}", report.exitcode);
  const char* const memory = !report.out_of_memory   ? "whether for want of memory is not known"
                             : *report.out_of_memory ? "by the kernel, for want of memory"
                                                     : "not for want of memory";
  return fmt::format(
      "{} is lost: its worker {} (pid {}) {} after {:.3f} s, {}; it had {:.1f} MiB "
      "at most",
      report.task, report.worker, report.pid, how,
      std::chrono::duration<double>(report.run_time).count(), memory,
      static_cast<double>(report.peak_memory) / kMebibyte);
}

}  // namespace mp
TWILL_END
