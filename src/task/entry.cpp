#include <utility>

#include <twill/platform/error.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/group_core.hpp>

#include "task/crew_state.hpp"

TWILL_BEGIN
namespace detail {

namespace {

/// A job as the only member of a group, which runs whatever becomes of the crew.
struct Errand final : GroupCore::Member {
  Errand(GroupCore& core, Job& j) noexcept : Member(core, j.site), job(&j) {}
  ~Errand() override {
    if (job != nullptr) job->abandon(nullptr);
  }
  void call() override { std::exchange(job, nullptr)->run(); }

  Job* job;
};

}  // namespace

Entry::Room Entry::wait_for_room(Timeout timeout, const std::stop_token& stop) {
  Crew::State& state = crew_.state();
  if (state.is_inherited()) return Room::unlimited;  // where it hears why not
  if (state.room->try_lock()) return Room::taken;
  if (state.employs_caller()) return Room::none;
  const Absence absence;
  if (state.room->try_acquire(timeout, stop)) return Room::taken;
  if (stop.stop_requested()) return Room::stopped;
  throw TimeoutError("no room in " + crew_.name() + " in time");
}

bool Entry::submit_to_bounded(Job& job, int priority) {
  switch (room_) {
    case Room::stopped:
      return job.abandon(nullptr), true;
    case Room::none:
      if (seat_at(crew_.state()) != nullptr && !Crew::may_help(&crew_.state()))
        return hand_over(job);
      return do_at_once(job), true;
    default:
      if (!crew_.submit(job, priority)) return false;
      room_ = Room::unlimited;
      return true;
  }
}

void Entry::do_at_once(Job& job) {
  Seat* const seat = seat_at(crew_.state());
  if (seat == nullptr) return job.run();  // a worker before its first job, or after the last one
  const Within another(*seat);
  seat->begins(job);
  job.run();
}

bool Entry::hand_over(Job& job) {
  GroupCore group(crew_, std::source_location::current());
  Errand* errand = nullptr;
  try {
    errand = new Errand(group, job);
  } catch (...) {
    job.abandon(nullptr);
    throw;
  }
  try {
    group.add(*errand);
  } catch (const RuntimeError&) {  // in an exploration, of a crew that was closed
    return false;
  }
  group.leave_to_others();
  return true;
}

void Entry::give_back() noexcept { crew_.state().room->release(); }

}  // namespace detail
TWILL_END
