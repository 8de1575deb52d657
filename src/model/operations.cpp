#include "model/engine.hpp"

// What a thread of the model does to memory, to futexes and to the clock.

TWILL_BEGIN
namespace model {
namespace {

constexpr std::int64_t kLeap = 1'000'000;  // ns

}  // namespace

Location& Engine::touch(Cell cell, bool writes) {
  Location& location = locations_.touch(cell);
  if (location.life == Location::dead)
    fail("touches " + locations_.name_of(cell.address) + ", which is destroyed");
  if (count_ > 1) locations_.used_by(location, current_, writes);
  return location;
}

std::uint64_t Engine::load(Cell cell, std::memory_order order) {
  Location& location = touch(cell, false);
  std::uint64_t value;
  if (!machine_.forwarded(current_, location, value)) {
    point(location);
    value = machine_.load(current_, touch(cell, false), order);
  }
  note(What::load, &location, value);
  return value;
}

void Engine::store(Cell cell, std::uint64_t value, std::memory_order order) {
  Location& location = touch(cell, true);
  if (order != std::memory_order_seq_cst) {
    machine_.buffer(current_, location, value, order);
    note(What::store, &location, 0, value);
    return;
  }
  point(location);
  machine_.drain(current_);
  const std::uint64_t before = machine_.read(current_, touch(cell, true));
  machine_.write(current_, location, value, order, false);
  note(What::modify, &location, before, value);
}

std::uint64_t Engine::modify(Cell cell, Change change, std::uint64_t operand,
                             std::memory_order order) {
  Location& location = touch(cell, true);
  point(location);
  machine_.drain(current_);
  const std::uint64_t before = machine_.read(current_, touch(cell, true));
  machine_.acquired(current_, location, order);
  std::uint64_t after = 0;
  switch (change) {
    case Change::exchange:
      after = operand;
      break;
    case Change::add:
      after = before + operand;
      break;
    case Change::subtract:
      after = before - operand;
      break;
    case Change::bit_or:
      after = before | operand;
      break;
    case Change::bit_and:
      after = before & operand;
      break;
  }
  if (cell.size < sizeof after) after &= (std::uint64_t{1} << (8 * cell.size)) - 1;
  machine_.write(current_, location, after, order, true);
  note(What::modify, &location, before, after);
  return before;
}

bool Engine::compare_exchange(Cell cell, std::uint64_t& expected, std::uint64_t desired,
                              std::memory_order success, std::memory_order failure) {
  Location& location = touch(cell, true);
  point(location);
  machine_.drain(current_);
  const std::uint64_t before = machine_.read(current_, touch(cell, true));
  const bool equal = before == expected;
  machine_.acquired(current_, location, equal ? success : failure);
  if (equal) machine_.write(current_, location, desired, success, true);
  note(equal ? What::compared : What::unequal, &location, before, desired);
  expected = before;
  return equal;
}

void Engine::destroyed(Cell cell) {
  Location& location = touch(cell, true);
  if (machine_.forget(current_, location))
    fail("destroys " + locations_.name_of(cell.address) + " while a store to it is on its way");
  locations_.destroyed(cell);
}

Awakening Engine::sleep(Cell cell, std::uint32_t expected, std::int64_t until) {
  Location& location = touch(cell, false);
  point(location);
  machine_.drain(current_);
  const std::uint64_t value = machine_.read(current_, touch(cell, false));
  if (static_cast<std::uint32_t>(value) != expected) {
    note(What::no_sleep, &location, value);
    return Awakening::woken;
  }
  note(What::sleep, &location);
  Thread& thread = threads_[current_];
  thread.doing = Doing::sleeping;
  thread.sleeps_on = &location;
  thread.until = until;
  thread.asleep_since = ++sleeps_;
  thread.awakening = Awakening::woken;
  block();
  thread.sleeps_on = nullptr;
  switch (thread.awakening) {
    case Awakening::woken:
      break;
    case Awakening::for_nothing:
      note(What::woke_for_nothing, &location);
      break;
    case Awakening::timeout:
      note(What::timed_out, &location);
      break;
    case Awakening::interrupted:
      note(What::interrupted, &location);
      break;
  }
  return thread.awakening;
}

void Engine::wake(Cell cell) {
  const auto on_it = [&](const Thread& t) {
    return t.doing == Doing::sleeping && t.sleeps_on->address == cell.address;
  };
  // The memory may be gone: an address that nobody touched is no location.
  ++decisions_;
  if (count_ > 1) consider();
  machine_.drain(current_);
  Thread* first = nullptr;
  for (unsigned i = 0; i < count_; ++i)
    if (on_it(threads_[i]) && (first == nullptr || threads_[i].asleep_since < first->asleep_since))
      first = &threads_[i];
  if (first == nullptr) return note(What::no_wake);
  note(What::wake, first->sleeps_on);
  first->doing = Doing::ready;
}

void Engine::barrier() {
  ++decisions_;
  if (count_ > 1) consider();
  note(What::barrier);
  for (unsigned i = 0; i < count_; ++i)
    if (options_.barriers || i == current_) machine_.drain(i);
}

std::int64_t Engine::now() {
  if (options_.leaps && count_ > 1) {
    ++decisions_;
    choices_.clear();
    choices_.push_back({Option::leap, Price::free, 0});
    choices_.push_back({Option::leap, Price::event, 1});
    if (choices_[decide()].thread == 1) now_ += kLeap;
    note(What::look);
  }
  return now_;
}
}  // namespace model
TWILL_END
