#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// An engine that runs a small concurrent program under every schedule within bounds, one atomic
/// operation at a time. Its threads are fibers on one thread of the machine.
///
///     Result r = explore({.preemptions = 2}, [] {
///       detail::atomic<int> x{0};
///       together([&] { x.store(x.load() + 1); }, [&] { x.store(x.load() + 1); });
///       check(x.load() == 2, "an update is lost");
///     });
///
/// Memory is that of a machine with store buffers (TSO; Sewell et al., "x86-TSO", 2010): a store
/// that is not seq_cst waits in its thread's buffer, first in, first out, and nobody else sees it
/// until it comes out; read-modify-writes, seq_cst stores, system calls and heavy_barrier() empty
/// buffers. A store comes out no sooner than somebody could tell: whoever touches its variable
/// decides whether it was there already. Besides, a happens-before relation built from the memory
/// orders of the program alone, as in C++20, says whether each access to a Plain is ordered.
///
/// Search: all schedules with at most so many preemptions (Musuvathi and Qadeer, "Iterative Context
/// Bounding", 2007), stale loads and events; then, if asked, some more at random (half of them by
/// Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees", 2010).
namespace model {

struct Options {
  unsigned preemptions = 2;  ///< how often one who could go on is made to wait
  unsigned stale = 1;        ///< how often a store is overlooked since it is still on its way
  unsigned events = 1;       ///< early timeouts, spurious wake-ups, signals, leaps of the clock
  unsigned long executions = 100'000;  ///< at most, in the exhaustive part
  unsigned long random = 0;            ///< after that
  std::uint64_t seed = 1;
  unsigned long steps = 5'000;  ///< of one execution; longer ones are livelocks
  bool spurious = false;        ///< a futex wakes for nothing
  bool signals = false;         ///< a signal interrupts a sleeper
  bool leaps = false;           ///< a millisecond passes between two looks at the clock
  bool barriers = true;         ///< false: heavy_barrier() does nothing, to see what it is good for
};

struct Result {
  std::string failure = {};  ///< what went wrong, or empty
  std::string choices = {};  ///< where the failing schedule departs from the default one
  std::string story = {};    ///< the failing schedule, a line a step, a column a thread
  unsigned long executions = 0;
  unsigned long longest = 0;  ///< steps of the longest execution
  bool complete = false;      ///< every schedule within the bounds was run
  double seconds = 0;
};

/// Runs `body` under many schedules, until one fails. It has to make everything that it changes
/// itself, except for twill's own state, which is put back after each execution.
Result explore(const Options& options, const std::function<void()>& body);

/// Runs `body` under the schedule that Result::choices describes.
Result replay(const Options& options, const std::string& choices,
              const std::function<void()>& body);

void run_together(std::vector<std::function<void()>> bodies);

/// Runs each callable in a thread of its own until all have ended. For `body` only.
template <class... F>
void together(F&&... bodies) {
  run_together({std::function<void()>(std::forward<F>(bodies))...});
}

/// Fails the execution unless `holds`.
void check(bool holds, const char* what) noexcept;
[[noreturn]] void fail(std::string what) noexcept;

/// The number of the running thread: 0 for `body`, then in the order of together().
unsigned self() noexcept;

inline constexpr unsigned kMostThreads = 6;

/// A thread_local of at most 8 bytes that each thread of a model has for itself; thread n begins
/// each execution with `initial[n]`.
void follow(void* variable, std::size_t size, const std::vector<std::uint64_t>& initial);

struct Field {
  std::size_t offset;
  const char* name;
};

/// An array of global state: put back as it was after each execution, and named in stories.
void declare_global(void* begin, std::size_t stride, std::size_t count, const char* name,
                    std::vector<Field> fields = {});

/// What stories call the memory from `begin` on, until the end of the execution.
void name(const void* begin, std::size_t size, const char* name);

/// An access to memory without any protection of its own. One that is not ordered with another by
/// what happens before it fails the execution; also if objects came and went there in between.
void plain_read(const void* address) noexcept;
void plain_write(const void* address) noexcept;

/// Plain data. Copying and moving read it; making and destroying write it.
template <class T>
class Plain {
 public:
  explicit Plain(T value = T()) : value_(value) { plain_write(this); }
  Plain(const Plain& other) : value_(other.get()) { plain_write(this); }
  Plain(Plain&& other) noexcept : value_(other.get()) { plain_write(this); }
  ~Plain() { plain_write(this); }
  Plain& operator=(const Plain& other) {
    set(other.get());
    return *this;
  }

  const T& get() const noexcept {
    plain_read(this);
    return value_;
  }
  void set(T value) {
    plain_write(this);
    value_ = value;
  }

 private:
  T value_;
};

}  // namespace model
TWILL_END
