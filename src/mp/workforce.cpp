#include <twill/mp/workforce.hpp>

#include <csignal>
#include <unistd.h>

#include <twill/mp/pool.hpp>
#include <twill/mp/process_pool_executor.hpp>
#include <twill/platform/error.hpp>
#include <twill/queue/lifo_queue.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/threading.hpp>

#include "mp/worker.hpp"
#include "platform/code_place.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::relaxed;

/// So many processes in a row that end before they begin are no accident; if somebody kills them,
/// it may be the one who kills everything now and then.
constexpr unsigned kFalseStarts = 3;
constexpr unsigned kKilledStarts = 30;

std::string name_or_next(const WorkforceOptions& options) {
  static twill::detail::atomic<unsigned> named{0};
  if (!options.name.empty()) return options.name;
  return options.kind + '-' + std::to_string(named.fetch_add(1, relaxed) + 1);
}

}  // namespace

/// Those that have nothing to do, the last one first, and in place of those that are not there yet
/// or any more a null each.
class Workforce::Desks {
 public:
  explicit Desks(WorkforceOptions options)
      : options_(std::move(options)), name_(name_or_next(options_)) {
    for (int i = 0; i < options_.size; ++i) idle_.put(options_.at_once ? start() : nullptr);
  }
  ~Desks() {
    if (owner_ != getpid()) return;  // somebody may have held the queue's lock at the fork
    std::vector<std::unique_ptr<Worker>> all;
    while (auto worker = idle_.try_get())
      if (*worker != nullptr) all.push_back(*std::move(worker));
    for (const auto& worker : all) worker->dismiss();
    const Deadline limit(std::chrono::seconds(1));
    for (const auto& worker : all) worker->join(twill::detail::left_until(limit));
  }

  const std::string& name() const noexcept { return name_; }
  int size() const noexcept { return options_.size; }

  void check() const {
    if (owner_ != getpid())
      throw RuntimeError(name_ + " is a pool of the process that this one was forked from");
    const Hold hold(lock_);
    if (!broken_.empty()) throw BrokenProcessPool(broken_);
  }

  /// One that is ready. Blocks until there is one. CancelledError.
  std::unique_ptr<Worker> take(const std::stop_token& stop) {
    std::unique_ptr<Worker> worker = idle_.get(stop);
    try {
      check();
      while (worker == nullptr || !is_ready(*worker, stop)) {
        if (stop.stop_requested()) throw CancelledError("a call of " + name_ + " was stopped");
        worker = start();
      }
      return worker;
    } catch (...) {
      give_back(std::move(worker));
      throw;
    }
  }

  /// What has ended, or has done enough, is replaced when it is needed.
  void give_back(std::unique_ptr<Worker> worker) noexcept {
    if (worker != nullptr && is_used_up(*worker)) worker.reset();
    idle_.put(std::move(worker));
  }

 private:
  std::unique_ptr<Worker> start() {
    const unsigned number = started_.fetch_add(1, relaxed);
    return std::make_unique<Worker>(options_, name_ + '_' + std::to_string(number));
  }

  bool is_ready(Worker& worker, const std::stop_token& stop) try {
    if (worker.is_dead()) return false;
    if (worker.settle(stop)) {
      false_starts_.store(0, relaxed);
      return true;
    }
    if (stop.stop_requested()) return false;
    const unsigned most = worker.exitcode() == -SIGKILL ? kKilledStarts : kFalseStarts;
    if (false_starts_.fetch_add(1, relaxed) + 1 >= most)
      break_with("the processes of " + name_ + " end before they begin, " + worker.name() +
                 " with exit code " + std::to_string(worker.exitcode()));
    return false;
  } catch (const BrokenProcessPool& error) {
    break_with(error.what());
  }

  bool is_used_up(const Worker& worker) const noexcept {
    return worker.is_dead() || (options_.max_batches && worker.batches() >= *options_.max_batches);
  }

  [[noreturn]] void break_with(const std::string& why) {
    const Hold hold(lock_);
    if (broken_.empty()) broken_ = why;
    throw BrokenProcessPool(broken_);
  }

  const int owner_ = getpid();
  const WorkforceOptions options_;
  const std::string name_;
  twill::detail::atomic<unsigned> started_{0};
  twill::detail::atomic<unsigned> false_starts_{0};
  LifoQueue<std::unique_ptr<Worker>> idle_;
  mutable Lock lock_;
  std::string broken_;  ///< why; empty while it is not
};

Workforce::Workforce(WorkforceOptions options)
    : desks_(std::make_unique<Desks>(std::move(options))) {}

Workforce::~Workforce() = default;

Answers Workforce::make(const Batch& batch, Timeout limit, const std::stop_token& stop) {
  for (;;) {
    struct Lease {
      Lease(Desks& d, const std::stop_token& s) : desks(d), worker(d.take(s)) {}
      ~Lease() { desks.give_back(std::move(worker)); }
      Lease(const Lease&) = delete;
      Lease& operator=(const Lease&) = delete;
      Desks& desks;
      std::unique_ptr<Worker> worker;
    } const lease(*desks_, stop);
    if (!lease.worker->give(batch)) continue;
    Answers answers = lease.worker->take(batch, limit, stop);
    if (answers.count() != 0 || answers.lost != nullptr) return answers;
  }
}

const std::string& Workforce::name() const noexcept { return desks_->name(); }

int Workforce::size() const noexcept { return desks_->size(); }

void Workforce::check() const { desks_->check(); }

bool Workforce::is_static() const noexcept { return twill::detail::is_static(this); }

namespace {

int at_least_one(int count, const char* what) {
  if (count < 1)
    throw ValueError(std::string(what) + " = " + std::to_string(count) +
                     ": there must be one at least");
  return count;
}

}  // namespace

WorkforceOptions options_of(const PoolOptions& pool) {
  WorkforceOptions options{.kind = "Pool", .name = pool.name};
  options.size = at_least_one(pool.processes.value_or(process_cpu_count()), "processes");
  if (pool.maxtasksperchild)
    options.max_batches = at_least_one(*pool.maxtasksperchild, "maxtasksperchild");
  if (pool.initializer) options.initializer = pool.initializer->crossing();
  return options;
}

WorkforceOptions options_of(const ProcessPoolExecutorOptions& pool) {
  WorkforceOptions options{.kind = "ProcessPoolExecutor", .name = pool.name, .at_once = false};
  options.size = at_least_one(pool.max_workers.value_or(process_cpu_count()), "max_workers");
  if (pool.max_tasks_per_child)
    options.max_batches = at_least_one(*pool.max_tasks_per_child, "max_tasks_per_child");
  if (pool.initializer) options.initializer = pool.initializer->crossing();
  return options;
}

}  // namespace mp::detail
TWILL_END
