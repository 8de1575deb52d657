#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <twill/mp/crossing.hpp>
#include <twill/mp/work.hpp>
#include <twill/mp/worker_lost.hpp>
#include <twill/park/deadline.hpp>

TWILL_BEGIN
namespace mp::detail {

/// So many bytes of calls, or of answers, lie between a worker and its pool; what is longer takes a
/// file of its own.
inline constexpr std::size_t kDeskRoom = 128 << 10;

/// Calls of one function, to be made by one process.
struct Batch {
  std::string_view task;           ///< what is called, for messages
  std::vector<std::byte> bytes;    ///< where MakeCalls is, the callable, the arguments of each call
  std::uint32_t count = 0;         ///< of calls
  const void* function = nullptr;  ///< what is called, if it is a function
};

struct WorkforceOptions {
  int size = 1;
  std::string kind;                     ///< "Pool"
  std::string name;                     ///< workers are called name_0, name_1, ...; empty: "Pool-N"
  bool at_once = true;                  ///< all are started now, and not as they are needed
  std::optional<int> max_batches = {};  ///< after so many another process takes over
  std::optional<Crossing> initializer = {};
};

/// The processes of a pool, so many, each at one batch at a time.
class TWILL_API Workforce {
 public:
  /// OSError if a process is refused.
  explicit Workforce(WorkforceOptions options);
  /// Blocks until they are gone.
  ~Workforce();
  Workforce(const Workforce&) = delete;
  Workforce& operator=(const Workforce&) = delete;

  /// Waits for a process that has nothing to do, and has it make the calls. The answers to the
  /// first ones, one at least or `lost`. If the time is over or stop is requested first, kills it.
  /// BrokenProcessPool, OSError.
  Answers make(const Batch& batch, Timeout limit, const std::stop_token& stop);

  const std::string& name() const noexcept;
  int size() const noexcept;
  /// Throws BrokenProcessPool if it is; RuntimeError in the child of a fork.
  void check() const;
  /// Whether this is a part of a static object.
  bool is_static() const noexcept;

 private:
  class Desks;
  std::unique_ptr<Desks> desks_;
};

/// Where MakeCalls is, for another process.
template <class F, class... Args>
const std::vector<std::byte>& place_of_calls() {
  static const std::vector<std::byte> place =
      bytes_of_function(reinterpret_cast<void (*)()>(&make_calls<F, Args...>));
  return place;
}

}  // namespace mp::detail
TWILL_END
