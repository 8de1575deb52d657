#pragma once

#include <cstdint>

#include <twill/park/bucket.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// What whoever pushes a job to a deque has to do, for those who look for jobs.
///
/// Who pushes stores, then asks; who looks sets, then looks at the deques. Both must not miss one
/// another, and pushes are many, so that they do it by plain accesses:
///
///     pusher: job is there (sits in the store buffer); asks: nobody sleeps
///     looker: sets that it sleeps; sees no job        <- left alone, without set()'s
///     heavy_barrier()
///
/// Where the kernel refuses membarrier, both read-modify-write the word instead.
class Appetite {
 public:
  enum Level : std::uint32_t {
    none,    ///< nothing: all places are taken
    looks,   ///< leave word: somebody looks for jobs, or is on the way
    sleeps,  ///< call somebody
  };

  /// Under the crew's lock. From here on every push is told of that the caller does not see. If
  /// nobody else `may_push`, the lock is enough: who pushes next has to have it first.
  void set(Level level, bool may_push) noexcept;
  /// To be asked after a push.
  Level asked() noexcept;

 private:
  atomic<std::uint32_t> level_{sleeps};
};

inline Appetite::Level Appetite::asked() noexcept {
  if (!asymmetric_barriers) return static_cast<Level>(level_.fetch_add(0, acq_rel));
  std::atomic_signal_fence(seq_cst);  // for the compiler; set() does the rest
  return static_cast<Level>(level_.load(relaxed));
}

}  // namespace detail
TWILL_END
