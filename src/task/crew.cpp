#include <twill/task/crew.hpp>

#include <algorithm>
#include <pthread.h>

#include <twill/platform/error.hpp>

#include "park/context.hpp"
#include "park/word_lock.hpp"
#include "platform/at_fork.hpp"
#include "task/crew_state.hpp"
#include "task/names.hpp"
#include "thread/exit.hpp"
#include "thread/launch.hpp"

TWILL_BEGIN
namespace detail {

constinit atomic<std::uint64_t> crews_named{0};
constinit unsigned forks = 0;

namespace {

/// All crews but those of explorations, for the end of the program.
constinit WordLock list_lock;
constinit bool has_ended = false;

/// Never destroyed: static crews are later.
std::vector<std::weak_ptr<Crew::State>>& all_crews() {
  static auto& crews = *new std::vector<std::weak_ptr<Crew::State>>;
  return crews;
}

[[gnu::constructor(104)]] void register_handlers() noexcept {
  at_fork([] { list_lock.lock(); }, [] { list_lock.unlock(); },
          [] {
            list_lock.reset();
            forget_watching();
            ++forks;
          });
}

/// At the end of the program: what was submitted is done, but for daemons.
void close_all() noexcept {
  std::vector<std::weak_ptr<Crew::State>> crews;
  {
    const WordLock::Guard guard(list_lock);
    has_ended = true;
    crews = all_crews();
  }
  for (const auto& each : crews) {
    const auto crew = each.lock();
    if (crew == nullptr || crew->is_inherited()) continue;
    crew->close();
    if (crew->daemon) crew->abandon_queued(nullptr);
    if (crew->employs_caller()) crew->leave();  // for good: another one does what is left
  }
}

void enter(const std::shared_ptr<Crew::State>& crew) {
  before_waiting_for_threads(close_all);
  const WordLock::Guard guard(list_lock);
  if (has_ended) return crew->close();
  std::erase_if(all_crews(), [](const auto& other) { return other.expired(); });
  all_crews().push_back(crew);
  static_cast<void>(start_watching());
}

std::string name_or_next(CrewOptions& options) {
  if (!options.name.empty()) return std::move(options.name);
  return options.kind + ('-' + std::to_string(crews_named.fetch_add(1, relaxed)));
}

/// Half of what a thread has; little of a fiber's.
std::size_t stack_for_help(bool watched) noexcept {
  constexpr std::size_t kFibers = 16 * 1024;
  pthread_attr_t attributes;
  std::size_t size = 0;
  if (watched || pthread_getattr_default_np(&attributes) != 0) return kFibers;
  pthread_attr_getstacksize(&attributes, &size);
  pthread_attr_destroy(&attributes);
  const std::size_t chosen = stack_size_of_new_threads.load(relaxed);
  return (chosen != 0 ? chosen : size) / 2;
}

}  // namespace

std::vector<std::shared_ptr<Crew::State>> living_crews() {
  const WordLock::Guard guard(list_lock);
  std::vector<std::shared_ptr<Crew::State>> crews;
  for (const auto& each : all_crews())
    if (auto crew = each.lock(); crew != nullptr && !crew->is_inherited())
      crews.push_back(std::move(crew));
  return crews;
}

Crew::State::State(CrewOptions given)
    : size(given.size),
      name(name_or_next(given)),
      initializer(std::move(given.initializer)),
      daemon(given.daemon),
      watched(watching.load(relaxed)),
      forks_before(forks),
      stack_to_use(stack_for_help(watched)),
      lock({.name = name}),
      news(lock, {.name = name + " has news"}) {
  if (!given.max_in_flight) return;
  if (*given.max_in_flight == 0)
    throw ValueError("max_in_flight = 0 of " + name + ": nothing could ever be submitted");
  room.emplace(static_cast<std::int64_t>(std::min(*given.max_in_flight, kMostRoom)),
               SemaphoreOptions{.name = name + " has room"});
}

void Crew::State::throw_inherited() const {
  throw RuntimeError(name +
                     " belongs to the process that this one was forked from: its "
                     "threads are not here; make another one");
}

Crew::Crew(CrewOptions options)
    : state_(std::make_shared<State>(std::move(options))), is_bounded_(state_->room.has_value()) {
  if (!state_->watched) enter(state_);
}

Crew::~Crew() {
  if (state_->is_inherited()) {  // its locks may be held by threads that are not there
    new std::shared_ptr<State>(std::move(state_));
    return;
  }
  state_->close();
  if (state_->employs_caller()) return;
  for (std::size_t i = 0; WorkerThread* const worker = state_->thread_at(i); ++i)
    worker->join_quietly();
  state_->abandon_queued(nullptr);  // for want of a worker: none could be started
  state_->initializer = {};         // what is left of the crew may be somebody else's for a while
}

bool Crew::submit(Job& job, int priority) {
  if (state_->is_inherited()) {
    job.abandon(nullptr);
    state_->throw_inherited();
  }
  return state_->submit(job, priority);
}

bool Crew::admits_caller() const {
  if (state_->is_inherited()) state_->throw_inherited();
  if (const Seat* const seat = seat_at(*state_); seat != nullptr && seat->is_worker) return true;
  if (!state_->takes_jobs()) throw RuntimeError("a call of " + name() + ", which was shut down");
  return !has_initializer();
}

void Crew::start_all() { state_->start_all(); }

void Crew::close() noexcept {
  if (!state_->is_inherited()) state_->close();
}

void Crew::abandon_queued() noexcept {
  if (state_->is_inherited()) return;
  state_->abandon_queued(nullptr);
}

void Crew::request_stop() noexcept {
  if (state_->is_inherited()) return;
  state_->stopping.request_stop();  // which who begins from now on sees
}

bool Crew::join(const Limits& limits) {
  if (state_->is_inherited() || state_->employs_caller()) return true;
  for (std::size_t i = 0; WorkerThread* const worker = state_->thread_at(i); ++i)
    if (!worker->join_within(limits)) return false;
  state_->abandon_queued(nullptr);  // for want of a worker: none could be started
  return true;
}

int Crew::size() const noexcept { return state_->size; }

const std::string& Crew::name() const noexcept { return state_->name; }

bool Crew::has_initializer() const noexcept { return static_cast<bool>(state_->initializer); }

bool Crew::is_explored() const noexcept { return state_->watched; }

bool Crew::may_help(const State* crew) noexcept {
  const Seat* const seat = seat_at(*crew);
  if (seat == nullptr || !seat->is_worker) return false;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return seat->base - here < crew->stack_to_use;
}

std::stop_token Crew::stopping(const State& crew) noexcept { return crew.stopping.get_token(); }

Absence::Absence() noexcept : seat_(self_context().seat) {
  for (Seat* seat = seat_; seat != nullptr; seat = seat->previous)
    if (seat->is_worker) seat->crew.leave();
}

Absence::~Absence() {
  for (Seat* seat = seat_; seat != nullptr; seat = seat->previous)
    if (seat->is_worker) seat->crew.come_back();
}

}  // namespace detail
TWILL_END
