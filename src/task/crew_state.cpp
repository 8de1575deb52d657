#include "task/crew_state.hpp"

#include <algorithm>

#include <twill/platform/error.hpp>
#include <twill/task/error.hpp>
#include <twill/task/future_core.hpp>

#include "park/context.hpp"
#include "park/spin.hpp"
#include "platform/cpu.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

namespace {

constexpr std::int64_t kMoment = 1'000;  // ns

template <class Visit>
void for_each_guest_seat(Visit&& visit) noexcept {
  for (Seat* seat = self_context().seat; seat != nullptr; seat = seat->previous)
    if (!seat->is_worker) visit(seat->crew);
}

/// While a guest waits for something, whatever it is, others take its place.
constexpr Hooks kGuest{
    [](void*) noexcept { for_each_guest_seat([](Crew::State& crew) { crew.leave(); }); },
    [](void*) noexcept { for_each_guest_seat([](Crew::State& crew) { crew.come_back(); }); },
    nullptr, nullptr};

}  // namespace

/// Holds the crew's lock. The hooks of a guest, which take it too, do not run for that.
class Crew::State::Hold {
 public:
  explicit Hold(const State& crew) : lock_(crew.lock) { lock(); }
  ~Hold() { lock_.unlock(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  void lock() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    Context& self = self_context();
    const Hooks* const hooks = std::exchange(self.hooks, nullptr);
    lock_.lock();
    self.hooks = hooks;
  }
  void unlock() TWILL_NO_THREAD_SAFETY_ANALYSIS { lock_.unlock(); }

 private:
  Lock& lock_;
};

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
    if (workers.empty()) throw;  // else those that are there will do it
  }
  lanes.push(job, priority);
  submissions.store(submissions.load(relaxed) + 1, relaxed);
}

void Crew::State::start_all() {
  const Hold hold(*this);
  while (busy < size) {
    start_worker();
    ++busy;
    ++looking;
  }
  set_appetite();
}

/// Sees to it that somebody goes on with `jobs` that wait, if there is a place and nobody is on the
/// way to them.
void Crew::State::call_somebody(std::size_t jobs) {
  if (busy >= size || jobs <= looking || broken != nullptr) return;
  if (idle > 0) {
    --idle;
    ++granted;
    news.notify();
  } else {
    start_worker();
  }
  ++busy;
  ++looking;
  set_appetite();
}

void Crew::State::call_quietly(std::size_t jobs) noexcept {
  try {
    call_somebody(jobs);
  } catch (...) {  // no thread to be had: those that are there will do it
  }
}

void Crew::State::start_worker() {
  auto worker = std::make_unique<Worker>(*this);
  worker->thread = WorkerThread(
      ThreadOptions{.name = name + '_' + std::to_string(workers.size()), .daemon = daemon},
      [self = shared_from_this(), me = worker.get()] { self->work(*me); });
  workers.reserve(workers.size() + 1);
  seats.reserve(seats.size() + 1);
  worker->thread.start();
  seats.push_back(worker.get());
  workers.push_back(std::move(worker));
}

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

/// The worker was unwound out of a job, as by pthread_exit().
void Crew::State::replace(Worker& me) noexcept {
  if (is_inherited()) return;
  if (me.is_new) return break_down("its initializer has ended the thread");
  const Hold hold(*this);
  while (Job* const job = me.deque.pop()) lanes.push(*job, 0);
  std::erase(seats, static_cast<Seat*>(&me));
  give_up_place();
}

bool Crew::State::initialize() {
  if (!initializer) return true;
  const std::exception_ptr thrown = caught([&] { initializer(); });
  if (thrown == nullptr) return true;
  break_down("its initializer has failed");
  report_callback(thrown);
  return false;
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
      (job.group == nullptr || broken != nullptr ? left : members).push(job);
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
  } while (become_idle());
  return nullptr;
}

/// Who comes at once for each job of many short ones keeps the submitter from the lock.
void Crew::State::wait_for_more() noexcept {
  if (!spinning_can_help()) return;
  for (std::uint32_t i = SpinBudget::rounds_of(kMoment); i > 0; --i) cpu_relax();
}

/// Gives the place up and waits for another one. False: all is done.
bool Crew::State::become_idle() {
  ++idle;
  give_up_place();
  const std::uint64_t since = ticks();
  while (granted == 0) {
    if (is_over()) {
      --idle;
      news.notify_all();
      return false;
    }
    news.wait();
  }
  --granted;
  --looking;
  SpinBudget(spin).slept((ticks() - since) / ticks_per_us(), true);
  return true;
}

/// What came first is done first, but now and then what others took and do not come to.
Job* Crew::State::take(Worker& me) {
  const bool others_first = ++me.takes % 16 == 0;
  Job* job = others_first ? steal(me) : take_queued(me);
  if (job == nullptr) job = others_first ? take_queued(me) : steal(me);
  if (job == nullptr) return nullptr;
  set_appetite();
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
  set_appetite();
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

void Crew::State::set_appetite() noexcept {
  if (looking > 0)
    appetite.set(Appetite::looks);
  else
    appetite.set(busy < size ? Appetite::sleeps : Appetite::none);
}

void Crew::State::tell_of_push(Appetite::Level level) noexcept {
  if (level == Appetite::sleeps) return feed();
  pushes.store(pushes.load(relaxed) + 1, relaxed);
}

void Crew::State::feed() noexcept {
  if (is_inherited()) return;
  const Hold hold(*this);
  set_appetite();
  call_quietly(waiting_jobs());
}

void Crew::State::leave() noexcept {
  if (is_inherited()) return;
  const Hold hold(*this);
  give_up_place();
}

void Crew::State::give_up_place() noexcept {
  --busy;
  set_appetite();
  call_quietly(waiting_jobs());
}

void Crew::State::come_back() noexcept {
  if (is_inherited()) return;
  const Hold hold(*this);
  ++busy;
  set_appetite();
}

Seat& Crew::State::sit_down() {
  Context& self = self_context();
  const Hold hold(*this);
  auto guest = spare != nullptr ? std::move(spare) : std::make_unique<Seat>(*this);
  seats.push_back(guest.get());
  ++busy;
  set_appetite();
  guest->previous = self.seat;
  self.hooks = &kGuest;
  return *(self.seat = guest.release());
}

void Crew::State::get_up(Seat& guest) noexcept {
  Context& self = self_context();
  Seat** at = &self.seat;
  while (*at != &guest) at = &(*at)->previous;
  *at = guest.previous;
  self.hooks = nullptr;
  for_each_guest_seat([&](Crew::State&) { self.hooks = &kGuest; });
  std::unique_ptr<Seat> gone(&guest);
  if (is_inherited()) return;
  const Hold hold(*this);
  std::erase(seats, &guest);
  if (spare == nullptr && guest.deque.is_small()) spare = std::move(gone);
  give_up_place();
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

bool Crew::State::employs_caller() const noexcept {
  const Seat* const seat = seat_at(*this);
  if (seat != nullptr && seat->is_worker) return true;
  const Hold hold(*this);  // before its first job, or after its last one
  return std::ranges::any_of(workers, [](const auto& each) { return each->thread.is_caller(); });
}

CrewReport Crew::State::report() const {
  const Hold hold(*this);
  CrewReport report{.name = name, .queued = waiting_jobs()};
  for (const auto& worker : workers) {
    report.begun += worker->begun.load(relaxed);
    if (worker->thread.is_alive())
      report.workers.push_back({worker->thread.context(), worker->site.load(relaxed)});
  }
  return report;
}

WorkerThread* Crew::State::thread_at(std::size_t index) {
  const Hold hold(*this);
  return index < workers.size() ? &workers[index]->thread : nullptr;
}

}  // namespace detail
TWILL_END
