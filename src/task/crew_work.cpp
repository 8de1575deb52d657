// What workers do: where their jobs come from, and when they look for more.

#include <algorithm>

#include <twill/task/error.hpp>
#include <twill/task/future_core.hpp>

#include "park/spin.hpp"
#include "platform/cpu.hpp"
#include "platform/ticks.hpp"
#include "task/crew_hold.hpp"

TWILL_BEGIN
namespace detail {

namespace {

constexpr std::int64_t kMoment = 3'000;  // ns

}  // namespace

/// A worker from its begin to its end, however that comes.
struct Crew::State::Employment {
  Employment(State& c, Worker& me) noexcept : crew(c), worker(me) {}
  ~Employment() {
    self_context().seat = nullptr;
    if (!regular) crew.replace(worker);
  }
  Employment(const Employment&) = delete;
  Employment& operator=(const Employment&) = delete;

  State& crew;
  Worker& worker;
  bool regular = false;
};

void Crew::State::work(Worker& me) {
  Employment employment(*this, me);
  if (initialize()) {
    me.base = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    self_context().seat = &me;
    while (Job* const job = next(me)) {
      me.begins(*job);
      do_job(*job);
    }
  }
  employment.regular = true;
}

void Crew::State::do_job(Job& job) {
  if (!room || job.group != nullptr) [[likely]]
    return job.run();
  struct GivesBack {
    explicit GivesBack(Semaphore& r) noexcept : room(r) {}
    ~GivesBack() { room.release(); }
    GivesBack(const GivesBack&) = delete;
    GivesBack& operator=(const GivesBack&) = delete;
    Semaphore& room;
  } const after(*room);
  job.run();
}

bool Crew::State::initialize() {
  if (!initializer) return true;
  const std::exception_ptr thrown = caught([&] { initializer(); });
  if (thrown == nullptr) return true;
  break_down("its initializer has failed");
  report_callback(thrown);
  return false;
}

/// The worker was unwound out of a job, as by pthread_exit().
void Crew::State::replace(Worker& me) noexcept {
  if (is_inherited()) return;
  if (me.is_new) return break_down("its initializer has ended the thread");
  bool is_alone = false;
  {
    const Hold hold(*this);
    while (Job* const job = me.deque.pop()) lanes.push(*job, 0);
    forget(me);
    give_up_place();
    is_alone = !has_workers() && !lanes.empty();
  }
  if (!is_alone) return;
  abandon_queued(std::make_exception_ptr(
      BrokenThreadPool(name + " has lost its last worker, and the system refuses another one")));
}

/// What the worker does next; null: nothing ever more.
Job* Crew::State::next(Worker& me) {
  if (is_inherited()) return nullptr;
  if (Job* const job = me.deque.pop()) return job;
  if (me.handful.is_done()) wait_for_more();
  me.theft.is_done();
  Hold hold(*this);
  if (std::exchange(me.is_new, false)) --looking;
  do {
    while (busy <= size) {
      if (Job* const job = take(me)) return job;
      if (!linger(me, hold)) break;
    }
  } while (become_idle(me));
  return nullptr;
}

/// Who comes at once for each job of many short ones keeps the submitter from the lock.
void Crew::State::wait_for_more() noexcept {
  if (!spinning_can_help()) return;
  for (std::uint32_t i = SpinBudget::rounds_of(kMoment); i > 0; --i) cpu_relax();
}

/// What came first is done first, but now and then what others took and do not come to.
Job* Crew::State::take(Worker& me) {
  const bool others_first = ++me.takes % 16 == 0;
  Job* job = others_first ? steal(me) : take_queued(me);
  if (job == nullptr) job = others_first ? take_queued(me) : steal(me);
  if (job == nullptr) return nullptr;
  set_appetite(busy - 1);
  call_quietly(waiting_jobs());
  return job;
}

Job* Crew::State::take_queued(Worker& me) {
  Job* const first = lanes.pop();
  if (first == nullptr || watched) return first;
  const std::size_t share = lanes.size() / static_cast<std::size_t>(size);
  const std::size_t more = std::min(me.handful.size() - 1, share);
  me.handful.begins(more + 1);
  Job* rest[Handful::kMost];
  for (std::size_t i = 0; i < more; ++i) rest[i] = lanes.pop();
  for (std::size_t i = more; i > 0; --i) me.deque.push(*rest[i - 1]);
  return first;
}

Job* Crew::State::steal(Worker& me) noexcept {
  if (!me.theft.is_due()) return nullptr;
  for (Seat* const seat : seats) {
    if (seat == &me) continue;
    while (!seat->deque.seems_empty()) {
      Job* const job = seat->deque.steal();
      if (job == nullptr) continue;
      me.theft.begins();
      return job;
    }
  }
  return nullptr;
}

std::size_t Crew::State::waiting_jobs() const noexcept {
  std::size_t jobs = lanes.size();
  for (const Seat* const seat : seats) jobs += seat->deque.seems_empty() ? 0 : 1;
  return jobs;
}

/// Looks for jobs for a moment without giving the place up. True if something has come.
bool Crew::State::linger(Worker& me, Hold& hold) {
  if (watched || is_over() || !spinning_can_help()) return false;
  ++looking;
  set_appetite(busy - 1);
  const auto has_changed = [](const auto& counter) {
    return [&counter, before = counter.load(relaxed)] { return counter.load(relaxed) != before; };
  };
  const auto is_submitted = has_changed(submissions);
  const auto is_pushed = has_changed(pushes);
  if (const bool may_steal = me.theft.is_due(); !may_steal || waiting_jobs() == 0) {
    hold.unlock();
    if (may_steal)
      spin_until([&] { return is_submitted() || is_pushed(); }, SpinBudget(spin));
    else
      me.theft.pause(is_submitted);
    hold.lock();
  }
  --looking;
  if (waiting_jobs() > 0) return true;
  if (is_pushed()) me.theft.was_in_vain();
  return is_submitted() || is_pushed();
}

/// `others`: so many have a place beside the caller; nobody else pushes jobs to a deque.
void Crew::State::set_appetite(int others) noexcept {
  const bool may_push = others > 0;
  if (looking > 0)
    appetite.set(Appetite::looks, may_push);
  else
    appetite.set(busy < size ? Appetite::sleeps : Appetite::none, may_push);
}

void Crew::State::tell_of_push(Appetite::Level level) noexcept {
  if (level == Appetite::sleeps) return feed();
  pushes.store(pushes.load(relaxed) + 1, relaxed);
}

void Crew::State::feed() noexcept {
  if (is_inherited()) return;
  const Hold hold(*this);
  set_appetite(busy);
  call_quietly(waiting_jobs());
}

}  // namespace detail
TWILL_END
