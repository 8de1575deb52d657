#include <algorithm>
#include <limits>
#include <utility>

#include "model/engine.hpp"

// Who goes on.

TWILL_BEGIN
namespace model {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

Awakening how(Option::Kind kind) noexcept {
  switch (kind) {
    case Option::timeout:
      return Awakening::timeout;
    case Option::signal:
      return Awakening::interrupted;
    default:
      return Awakening::for_nothing;
  }
}

}  // namespace

void Engine::note(What what, const Location* location, std::uint64_t before, std::uint64_t after) {
  if (steps_.size() >= options_.steps)
    fail("no end after the greatest number of steps: a livelock?");
  steps_.push_back({what, static_cast<std::uint8_t>(current_), location, before, after});
}

/// Others may go on before the running thread does what it is about to do to `location`.
void Engine::point(const Location& location) {
  ++decisions_;
  if (count_ == 1 || (!location.shared && script_ == nullptr)) return;
  consider();
}

void Engine::consider() {
  choices_.clear();
  choices_.push_back({Option::run, Price::free, current_});
  add_ready(Price::preemption);
  add_events(Price::event);
  resume(choices_[decide()]);
}

void Engine::block() {
  ++decisions_;
  choices_.clear();
  add_ready(Price::free);
  add_events(choices_.empty() ? Price::free : Price::event);
  if (choices_.empty()) stuck();
  resume(choices_[decide()]);
}

void Engine::yield() {
  ++decisions_;
  note(What::yield);
  choices_.clear();
  add_ready(Price::preemption);  // or two who yield to each other starve the third
  add_events(choices_.empty() ? Price::free : Price::event);
  if (choices_.empty()) return;
  choices_.front().price = Price::free;
  resume(choices_[decide()]);
}

/// Who could go on besides the running thread, the next one first.
void Engine::add_ready(Price price) {
  for (unsigned i = 1; i < count_; ++i) {
    const unsigned other = (current_ + i) % count_;
    if (threads_[other].doing == Doing::ready) choices_.push_back({Option::run, price, other});
  }
}

/// What could end the sleep of a thread. Where nobody could go on otherwise, only time passes: the
/// earliest deadline comes first.
void Engine::add_events(Price price) {
  const std::size_t first = choices_.size();
  for (unsigned i = 0; i < count_; ++i) {
    if (threads_[i].doing != Doing::sleeping) continue;
    if (threads_[i].until != kNever) choices_.push_back({Option::timeout, price, i});
    if (price == Price::free) continue;
    if (options_.spurious) choices_.push_back({Option::spurious, price, i});
    if (options_.signals) choices_.push_back({Option::signal, price, i});
  }
  if (price == Price::free)
    std::sort(choices_.begin() + static_cast<std::ptrdiff_t>(first), choices_.end(),
              [&](const Option& a, const Option& b) {
                const auto due = [this](const Option& o) {
                  return std::pair(threads_[o.thread].until, o.thread);
                };
                return due(a) < due(b);
              });
}

/// The index of the choice that is taken.
std::size_t Engine::decide() {
  if (script_ != nullptr) {
    for (const Departure& d : *script_)
      if (d.decision == decisions_) return d.option < choices_.size() ? d.option : 0;
    return 0;
  }
  affordable_.clear();
  index_.clear();
  for (std::size_t i = 0; i < choices_.size(); ++i)
    if (budget_.affords(choices_[i].price)) {
      affordable_.push_back(choices_[i]);
      index_.push_back(i);
    }
  const std::size_t taken =
      affordable_.size() == 1 ? index_[0] : index_[strategy_->choose(affordable_)];
  budget_.spend(choices_[taken].price);
  if (taken != 0) departures_.push_back({decisions_, taken});
  return taken;
}

void Engine::resume(const Option& option) {
  Thread& next = threads_[option.thread];
  const unsigned previous = current_;
  if (option.kind != Option::run) {
    next.doing = Doing::ready;
    next.awakening = how(option.kind);
    if (option.kind == Option::timeout) now_ = std::max(now_, next.until);
  }
  if (option.thread == previous) return;
  current_ = option.thread;
  switch_between(previous, current_);
}

unsigned Engine::overlook(unsigned count) {
  ++decisions_;
  choices_.clear();
  choices_.push_back({Option::memory, Price::free, 0});
  for (unsigned i = 1; i <= count; ++i) choices_.push_back({Option::memory, Price::stale, i});
  return choices_[decide()].thread;
}

void Engine::stuck() {
  std::string text = "nobody can go on:";
  for (unsigned i = 0; i < count_; ++i)
    if (threads_[i].doing == Doing::sleeping)
      text += std::string(" ") +
              (i == 0 ? "body" : std::string(1, static_cast<char>('A' + i - 1))) + " sleeps on " +
              locations_.name_of(threads_[i].sleeps_on->address) + ";";
  text.pop_back();
  fail(text);
}
}  // namespace model
TWILL_END
