#include "mp/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <twill/platform/error.hpp>

#include "mp/process_state.hpp"
#include "mp/readiness.hpp"
#include "park/symbol.hpp"
#include "platform/memory_file.hpp"
#include "platform/oom.hpp"
#include "platform/packet.hpp"
#include "platform/parcel.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::Descriptor;
using WaitOutcome = twill::detail::Outcome;

std::chrono::nanoseconds since(std::uint64_t began) {
  const std::uint64_t ticks = twill::detail::ticks() - began;
  return std::chrono::nanoseconds(ticks * 1000 / twill::detail::ticks_per_us());
}

/// A function by its place, since its type says little.
std::string task_of(const Batch& batch) {
  const std::string type(batch.task);
  return batch.function == nullptr ? type : type + " at " + twill::detail::place_of(batch.function);
}

}  // namespace

Worker::MappedDesk::MappedDesk()
    : file(twill::detail::make_memory_file("twill worker", sizeof(Desk))),
      at(new(twill::detail::map_memory_file(file.number(), sizeof(Desk))) Desk) {}

Worker::MappedDesk::~MappedDesk() { twill::detail::unmap_memory_file(at, sizeof(Desk)); }

std::uint64_t Worker::Child::peak_memory() const {
  const twill::detail::WordLock::Guard guard(processes);
  return state().ending.peak_memory;
}

Crossing Worker::start_of(const WorkforceOptions& options, int socket) const {
  Initializer initializer;
  if (const auto& call = options.initializer)
    initializer = {bytes_of_function(reinterpret_cast<void (*)()>(call->enter)), call->parts};
  Crossing call = crossing_of<ForkServer>(&work_for_pool, initializer);
  call.descriptors = {socket, desk_.file.number()};
  if (options.initializer) call.offers = options.initializer->offers;
  return call;
}

Worker::Worker(const WorkforceOptions& options, const std::string& name)
    : name_(name), oom_kills_(twill::detail::out_of_memory_kills()) {
  int ends[2];
  if (const int error = twill::detail::make_packet_pair(ends); error != 0)
    throw OSError(error, "a channel to " + name);
  socket_ = Descriptor(ends[0]);
  const Descriptor theirs(ends[1]);
  process_.emplace(ProcessOptions{.name = name, .daemon = true},
                   start_of(options, theirs.number()));
  process_->start();
}

Worker::~Worker() {
  dismiss();
  join(std::chrono::seconds(1));
}

void Worker::kill() noexcept try { process_->kill(); } catch (...) {
}

void Worker::dismiss() noexcept {
  if (!is_ours()) return;
  const Order end{};
  twill::detail::send_packet(socket_.number(), std::as_bytes(std::span(&end, 1)), {}, {});
}

void Worker::join(Timeout timeout) noexcept try {
  if (!is_ours()) return;
  if (!process_->join(timeout)) kill();
  process_->join();
} catch (...) {
}

bool Worker::try_receive(Report& report, std::vector<std::byte>& spilled) {
  int file = -1;
  const ssize_t size = twill::detail::receive_packet(
      socket_.number(), std::as_writable_bytes(std::span(&report, 1)), {&file, 1});
  const Descriptor parcel(file);
  if (size == -EAGAIN) return false;
  lost_ = size < 0 ? static_cast<int>(-size) : 0;
  if (lost_ != 0) return true;
  if (size != sizeof report) return kill(), false;
  if (report.spilled == 0) return true;
  if (!parcel || !twill::detail::is_parcel(file, report.spilled)) return kill(), false;
  spilled.resize(report.spilled);
  return twill::detail::unpack_parcel(file, spilled) || (kill(), false);
}

Worker::Outcome Worker::receive(Report& report, std::vector<std::byte>& spilled, Deadline deadline,
                                const std::stop_token& stop) {
  const auto kill_it = [this] { kill(); };
  const std::stop_callback<decltype(kill_it)> on_stop(stop, kill_it);
  const int end = process_->sentinel();
  for (bool is_over = false, is_late = false;;) {
    if (try_receive(report, spilled)) return Outcome::reported;
    if (is_over) {
      process_->join();
      is_dead_ = true;
      return is_late ? Outcome::late : Outcome::ended;
    }
    pollfd both[] = {{socket_.number(), POLLIN, 0}, {end, POLLIN, 0}};
    if (await_ready(both, {is_late ? Deadline::never() : deadline}) == WaitOutcome::ready) {
      is_over = both[1].revents != 0;
    } else {
      is_late = true;
      kill();
    }
  }
}

bool Worker::settle(const std::stop_token& stop) {
  if (is_settled_) return true;
  Report report;
  std::vector<std::byte> spilled;
  if (receive(report, spilled, Deadline::never(), stop) != Outcome::reported) return false;
  is_settled_ = true;
  if (lost_ == 0 && report.failed == 0) return true;
  is_dead_ = true;
  if (lost_ != 0) throw OSError(lost_, "the first word of " + name_);
  try {
    std::rethrow_exception(decode<Failure>(spilled).exception());
  } catch (const std::exception& e) {
    throw BrokenProcessPool("the initializer of " + name_ + " has failed: " + e.what());
  }
}

bool Worker::give(const Batch& batch) {
  desk_.at->begun.store(0, std::memory_order_relaxed);
  desk_.at->done.store(0, std::memory_order_relaxed);
  desk_.at->end.store(0, std::memory_order_relaxed);
  desk_.at->spilled.store(0, std::memory_order_relaxed);
  Descriptor parcel;
  if (batch.bytes.size() <= kDeskRoom) {
    std::memcpy(desk_.at->calls, batch.bytes.data(), batch.bytes.size());
  } else {
    parcel = Descriptor(twill::detail::make_parcel(batch.bytes));
    if (!parcel)
      throw OSError(-parcel.number(),
                    "memory for a call of " + std::to_string(batch.bytes.size()) + " bytes");
  }
  const Order order{batch.count, batch.bytes.size()};
  const int file = parcel.number();
  const int error = twill::detail::send_packet(socket_.number(),
                                               std::as_bytes(std::span(&order, 1)), {}, {&file, 1});
  if (error != 0 && error != EPIPE && error != ECONNRESET)
    throw OSError(error, "a call of " + name_);
  is_dead_ = error != 0;
  batches_ += batch.count != 0;
  return !is_dead_;
}

std::exception_ptr Worker::loss(const Batch& batch, std::uint64_t began) {
  const std::uint64_t since_when = desk_.at->since.load(std::memory_order_relaxed);
  WorkerLost::Report report{.task = task_of(batch),
                            .worker = name_,
                            .pid = *process_->pid(),
                            .exitcode = exitcode(),
                            .run_time = since(std::max(began, since_when)),
                            .peak_memory = process_->peak_memory()};
  const auto kills = twill::detail::out_of_memory_kills();
  if (kills && oom_kills_)
    report.out_of_memory = report.exitcode == -SIGKILL && *kills > *oom_kills_;
  return std::make_exception_ptr(WorkerLost(std::move(report)));
}

Answers Worker::take(const Batch& batch, Timeout limit, const std::stop_token& stop) {
  const std::uint64_t began = twill::detail::ticks();
  Report report;
  std::vector<std::byte> spilled;
  const Outcome outcome = receive(report, spilled, Deadline(limit), stop);
  const Desk& desk = *desk_.at;
  std::uint32_t done = std::min(desk.done.load(std::memory_order_acquire), batch.count);
  const bool has_rest = !is_dead_ && lost_ == 0;
  if (!has_rest && done > 0 && desk.spilled.load(std::memory_order_relaxed) != 0) --done;
  const std::size_t end = std::min(desk.end.load(std::memory_order_relaxed), kDeskRoom);
  Answers answers({desk.answers, desk.answers + end}, std::move(spilled), done);
  const std::string task = task_of(batch);
  if (outcome == Outcome::reported && lost_ != 0 && done < batch.count)
    answers.lost = std::make_exception_ptr(OSError(lost_, "the answer of " + task));
  else if (outcome == Outcome::reported && done == 0)
    answers.lost = std::make_exception_ptr(RuntimeError(task + " was given no answer by " + name_));
  if (outcome == Outcome::reported || done == batch.count) return answers;
  if (stop.stop_requested())
    answers.lost = std::make_exception_ptr(CancelledError(task + " was stopped as it ran"));
  else if (outcome == Outcome::late)
    answers.lost = std::make_exception_ptr(TimeoutError(task + " took longer than it may"));
  else if (desk.begun.load(std::memory_order_relaxed) > done)
    answers.lost = loss(batch, began);
  return answers;
}

}  // namespace mp::detail
TWILL_END
