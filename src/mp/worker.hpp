#pragma once

#include <string>
#include <unistd.h>

#include <twill/mp/process.hpp>
#include <twill/mp/workforce.hpp>

#include "mp/desk.hpp"
#include "platform/descriptor.hpp"

TWILL_BEGIN
namespace mp::detail {

/// One process of a pool, seen from the pool. For one thread at a time.
class Worker {
 public:
  /// Starts it. OSError.
  Worker(const WorkforceOptions& options, const std::string& name);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Waits until it can be given something to do; false if it has ended before, as it does if stop
  /// is requested. Throws BrokenProcessPool if its initializer has failed.
  bool settle(const std::stop_token& stop);
  /// False if it has ended.
  bool give(const Batch& batch);
  /// Waits until it is done with what it was given, or has ended.
  Answers take(const Batch& batch, Timeout limit, const std::stop_token& stop);

  bool is_dead() const noexcept { return is_dead_; }
  int batches() const noexcept { return batches_; }
  const std::string& name() const noexcept { return name_; }
  /// Of one that has ended.
  int exitcode() const { return process_->exitcode().value_or(0); }

  /// Tells it to end when it has nothing to do.
  void dismiss() noexcept;
  /// Waits until it has; kills it if it has not in time.
  void join(Timeout timeout) noexcept;

 private:
  /// Of a class of its own, which may be made of a Crossing.
  struct Child final : Process {
    Child(ProcessOptions options, Crossing call) : Process(std::move(options), std::move(call)) {}
    std::uint64_t peak_memory() const;
  };
  struct MappedDesk {
    MappedDesk();
    ~MappedDesk();
    MappedDesk(const MappedDesk&) = delete;
    MappedDesk& operator=(const MappedDesk&) = delete;
    twill::detail::Descriptor file;
    Desk* at;
  };

  Crossing start_of(const WorkforceOptions& options, int socket) const;
  /// What a wait for it came to; both but the first are its end.
  enum class Outcome : std::uint8_t { reported, ended, late };

  /// The next report, and what came with it. Kills it if there is none in time, or once stop is
  /// requested.
  Outcome receive(Report& report, std::vector<std::byte>& spilled, Deadline deadline,
                  const std::stop_token& stop);
  /// Whether there is one now. What comes with it is left out, and `lost_` says why, if this
  /// process has no room for it.
  bool try_receive(Report& report, std::vector<std::byte>& spilled);
  void kill() noexcept;
  std::exception_ptr loss(const Batch& batch, std::uint64_t began);

  /// Not in the child of a fork, whose copy this is.
  bool is_ours() const noexcept { return owner_ == getpid(); }

  const int owner_ = getpid();
  const std::string name_;
  MappedDesk desk_;
  twill::detail::Descriptor socket_;
  std::optional<Child> process_;
  std::optional<std::uint64_t> oom_kills_;  ///< before it was there
  int batches_ = 0;
  int lost_ = 0;  ///< an errno: the report that came last could not be received
  bool is_settled_ = false;
  bool is_dead_ = false;
};

/// Of a pool's initializer: where its Crossing's enter is, empty without one.
struct Initializer {
  std::vector<std::byte> enter;
  std::vector<std::byte> parts;
};

/// Does what it is told, until it is told to end or nobody is there who could. It is given the
/// socket on which it is told, and the desk.
void work_for_pool(Initializer initializer);

}  // namespace mp::detail
TWILL_END
