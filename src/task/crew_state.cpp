#include "task/crew_state.hpp"

#include <algorithm>

#include <twill/task/error.hpp>

#include "task/crew_hold.hpp"

TWILL_BEGIN
namespace detail {

bool Crew::State::submit(Job& job, int priority) {
  std::exception_ptr why;
  try {
    const Hold hold(*this);
    if (broken != nullptr)
      why = broken;
    else if (!closed)
      return enqueue(job, priority), true;
  } catch (...) {
    job.abandon(nullptr);
    throw;
  }
  job.abandon(why);
  if (why != nullptr) std::rethrow_exception(why);
  return false;
}

bool Crew::State::takes_jobs() const {
  std::exception_ptr why;
  {
    const Hold hold(*this);
    if (broken == nullptr) return !closed;
    why = broken;
  }
  std::rethrow_exception(why);
}

void Crew::State::enqueue(Job& job, int priority) {
  try {
    call_somebody(lanes.size() + 1);
  } catch (...) {
    if (!has_workers()) throw;  // else those that are there will do it
  }
  lanes.push(job, priority);
  submissions.store(submissions.load(relaxed) + 1, relaxed);
}

bool Crew::State::has_workers() const noexcept {
  return std::ranges::any_of(seats, [](const Seat* seat) { return seat->is_worker; });
}

void Crew::State::close() noexcept {
  const Hold hold(*this);
  shut();
  submissions.store(submissions.load(relaxed) + 1, relaxed);
}

void Crew::State::shut() {
  if (!std::exchange(closed, true) && room) room->release(kMostRoom);
  news.notify_all();
}

/// The calling worker could not begin.
void Crew::State::break_down(const char* how) noexcept {
  const auto why = std::make_exception_ptr(BrokenThreadPool(name + " is broken: " + how));
  {
    const Hold hold(*this);
    --busy;
    --looking;
    broken = why;
    shut();
  }
  abandon_queued(why);
}

/// What is left is given no room back for: the crew is closed.
void Crew::State::abandon_queued(const std::exception_ptr& why) noexcept {
  JobList left;
  {
    const Hold hold(*this);
    JobList members;  // of groups: those decide for themselves, unless nobody is left to ask them
    const auto sort = [&](Job& job) {
      (job.group == nullptr || why != nullptr ? left : members).push(job);
    };
    for (Seat* const seat : seats)  // what workers took to do it next
      while (seat->is_worker && !seat->deque.seems_empty())
        if (Job* const job = seat->deque.steal()) sort(*job);
    while (Job* const job = lanes.pop()) sort(*job);
    while (Job* const job = members.pop()) lanes.push(*job, 0);
    if (closed) news.notify_all();
    call_quietly(lanes.size());
  }
  while (Job* const job = left.pop()) job->abandon(why);
}

bool Crew::State::employs_caller() const noexcept {
  const Seat* const seat = seat_at(*this);
  if (seat != nullptr && seat->is_worker) return true;
  const Hold hold(*this);  // before its first job, or after its last one
  return std::ranges::any_of(workers, [](const auto& each) { return each->thread.is_caller(); });
}

CrewReport Crew::State::report() const {
  const Hold hold(*this);
  CrewReport report{.name = name, .queued = lanes.size(), .begun = begun_before};
  for (const Seat* const seat : seats) {
    report.queued += seat->deque.seems_to_hold();
    report.begun += seat->begun.load(relaxed);
  }
  for (const auto& worker : workers)
    if (worker->thread.is_alive())
      report.workers.push_back(
          {worker->thread.context(), worker->is_idle, worker->site.load(relaxed)});
  return report;
}

WorkerThread* Crew::State::thread_at(std::size_t index) {
  const Hold hold(*this);
  return index < workers.size() ? &workers[index]->thread : nullptr;
}

}  // namespace detail
TWILL_END
