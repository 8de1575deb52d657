// Who has a place, who waits for one, and who is asked to come.

#include "park/spin.hpp"
#include "platform/ticks.hpp"
#include "task/crew_hold.hpp"

TWILL_BEGIN
namespace detail {

namespace {

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

void Crew::State::start_all() {
  const Hold hold(*this);
  while (busy < size) {
    start_worker();
    ++busy;
    ++looking;
  }
  set_appetite(busy);
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
  set_appetite(busy);
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

/// Gives the place up and waits for another one. False: all is done.
bool Crew::State::become_idle(Worker& me) {
  me.is_idle = true;
  ++idle;
  give_up_place();
  const bool has_place = wait_for_place();
  me.is_idle = !has_place;
  return has_place;
}

bool Crew::State::wait_for_place() {
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

void Crew::State::give_up_place() noexcept {
  --busy;
  set_appetite(busy);
  call_quietly(waiting_jobs());
}

void Crew::State::leave() noexcept {
  if (is_inherited()) return;
  const Hold hold(*this);
  give_up_place();
}

void Crew::State::come_back() noexcept {
  if (is_inherited()) return;
  const Hold hold(*this);
  ++busy;
  set_appetite(busy);
}

Seat& Crew::State::sit_down() {
  if (is_inherited()) throw_inherited();
  Context& self = self_context();
  const Hold hold(*this);
  auto guest = spare != nullptr ? std::move(spare) : std::make_unique<Seat>(*this);
  seats.push_back(guest.get());
  ++busy;
  set_appetite(busy);
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
  forget(guest);
  if (spare == nullptr && guest.deque.is_small()) spare = std::move(gone);
  give_up_place();
}

void Crew::State::forget(Seat& seat) noexcept {
  std::erase(seats, &seat);
  begun_before += seat.begun.exchange(0, relaxed);
}

}  // namespace detail
TWILL_END
