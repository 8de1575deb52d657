#include "mp/wait_edge.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <unistd.h>
#include <vector>

#include <twill/park/deadlock.hpp>

#include "mp/process_state.hpp"
#include "park/report.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

/// As much as there is room for; dots say that there was more.
template <std::size_t kSize>
void write_text(char (&to)[kSize], std::string_view text) noexcept {
  const std::size_t size = std::min(text.size(), kSize - 1);
  std::memcpy(to, text.data(), size);
  if (size < text.size()) std::memset(to + size - 3, '.', 3);
  to[size] = '\0';
}

/// What another process wrote, so that no more than words can come of it: one line of them, unless
/// it is a whole report.
template <std::size_t kSize>
std::string read_text(const char (&from)[kSize], char allowed = ' ') {
  std::string text(from, strnlen(from, kSize));
  std::ranges::replace_if(
      text, [=](unsigned char c) { return (c < ' ' && c != allowed) || c == 0x7f; }, '?');
  return text;
}

/// The same number in processes that have the program at the same place.
std::uintptr_t place_of_program() noexcept {
  return reinterpret_cast<std::uintptr_t>(&place_of_program);
}

const RobustLock& lock_of(const WaitRecord& record) noexcept {
  return body_of<const RobustLock>(&arena().blocks[record.block.load() % kBlocks]);
}

std::span<WaitRecord> used_records() noexcept {
  return std::span(arena().waits).first(std::min(arena().waits_used.load(), kWaitRecords));
}

WaitRecord* take_record() noexcept {
  if (my_seat() == kNoSeat) return nullptr;
  const auto owner = static_cast<std::uint32_t>(my_seat() + 1);
  for (WaitRecord& record : arena().waits) {
    std::uint32_t free = 0;
    if (!record.owner.compare_exchange_strong(free, owner)) continue;
    const auto number = static_cast<std::uint32_t>(&record - arena().waits + 1);
    for (std::uint32_t used = arena().waits_used.load(); used < number;)
      arena().waits_used.compare_exchange_weak(used, number);
    return &record;
  }
  return nullptr;
}

/// Of long names the beginning, so that the pid has room.
std::string who_waits() {
  const auto thread = twill::detail::self_context().id.load(twill::detail::relaxed);
  const std::string pid = " (pid " + std::to_string(getpid()) + ')';
  std::string who = twill::detail::name_of(thread) + " of ";
  {
    const twill::detail::WordLock::Guard guard(processes);
    who += this_process()->name;
  }
  who.resize(std::min(who.size(), sizeof(WaitRecord::who) - 1 - pid.size()));
  return who + pid;
}

twill::detail::Link link_of(const WaitRecord& record, const WaitRecord& owner) {
  const bool same_place = record.program.load() == place_of_program();
  return {.waiter = read_text(record.who),
          .owner = read_text(owner.who),
          .object = read_text(record.what),
          .waits_at = same_place ? record.site.load() : nullptr};
}

}  // namespace

WaitEdge::WaitEdge(Block& block, const RobustLock& lock, const Subject& subject) noexcept try {
  if (deadlock_policy() == DeadlockPolicy::off || &body_of<const RobustLock>(&block) != &lock)
    return;
  // 1. D, who waits for A's lock, is killed.  2. A new thread has D's id, and a lock.  3. A waits
  // for that, and takes D's record for the new one's. So what the dead left goes first.
  clear_after_dead();
  mine_ = take_record();
  if (mine_ == nullptr) return;
  publish(block, subject);
  Cycle cycle;
  if (find_cycle(cycle)) resolve(cycle);
} catch (const std::bad_alloc&) {  // no words for it
}

WaitEdge::~WaitEdge() {
  if (mine_ == nullptr) return;
  try {
    verdict();  // the one that was chosen may have let go before this thread looked
  } catch (const std::bad_alloc&) {
  }
  mine_->clear();
}

void WaitEdge::publish(Block& block, const Subject& subject) {
  mine_->thread.store(twill::detail::robust_id());
  mine_->block.store(index_of(block));
  mine_->site.store(subject.site);
  mine_->program.store(place_of_program());
  mine_->can_throw.store(!subject.exempt && deadlock_policy() == DeadlockPolicy::raise);
  write_text(mine_->who, who_waits());
  write_text(mine_->what, subject.describe());
  mine_->epoch.fetch_add(1);
}

std::uint32_t WaitEdge::Step::owner_now() const noexcept {
  return lock->entry.word.load() & RobustEntry::kOwner;
}

bool WaitEdge::Step::stands() const noexcept {
  return record->epoch.load() == epoch && owner_now() == owner;
}

// 1. A finds C's record.  2. C's wait ends.  3. D takes the record, and waits for A's lock.  4. A
// reads all that is left to read, which is D's, and so is the epoch. So that comes first: if it is
// the same in the second pass, all that was read after it is of that one wait.
std::optional<WaitEdge::Step> WaitEdge::step_of(WaitRecord& record, std::uint32_t thread) noexcept {
  Step step{.record = &record, .epoch = record.epoch.load()};
  if (step.epoch % 2 == 0 || record.thread.load() != thread) return std::nullopt;
  if (const Walking tell = while_walking.load()) tell(record);
  step.lock = &lock_of(record);
  step.owner = step.owner_now();
  return step;
}

std::optional<WaitEdge::Step> WaitEdge::step_of(std::uint32_t thread) noexcept {
  for (WaitRecord& record : used_records())
    if (const auto step = step_of(record, thread)) return step;
  return std::nullopt;
}

bool WaitEdge::find_cycle(Cycle& cycle) const noexcept {
  const std::uint32_t self = mine_->thread.load();
  auto step = step_of(*mine_, self);
  while (step && cycle.size < kWaitRecords) {
    cycle.steps[cycle.size++] = *step;
    if (step->owner == self) return cycle.stands();
    if (step->owner == 0 || step->owner == RobustLock::kAnybody) return false;
    step = step_of(step->owner);
  }
  return false;
}

// 1. A and B publish.  2. Both find the cycle.  3. Both throw. So the first of its records, which
// both agree on, is to have the cycle's number.
//
// 1. A and B find the cycle.  2. A decides it, and throws.  3. The record is of another cycle, with
// that one's number.  4. B decides what is long over. So B looks again once it has read the number:
// if the cycle stands, its records are of no other; if A decides it after that, the exchange fails.
bool WaitEdge::is_elected(const Cycle& cycle) noexcept {
  const std::span steps = cycle.all();
  const auto first = std::ranges::min_element(steps, {}, &Step::record);
  std::uint64_t number = 1;
  for (std::ptrdiff_t i = 0; i < std::ssize(steps); ++i) {
    const Step& step = steps[static_cast<std::size_t>(first - steps.begin() + i) % steps.size()];
    const auto index = static_cast<std::uint64_t>(step.record - arena().waits);
    number = number * 0x9e37'79b9'7f4a'7c15 + (index << 32 | step.epoch);
  }
  auto& decided = first->record->decided;
  std::uint64_t before = decided.load();
  return before != number && cycle.stands() && decided.compare_exchange_strong(before, number);
}

void WaitEdge::resolve(const Cycle& cycle) {
  const std::span steps = cycle.all();
  std::vector<twill::detail::Link> links;
  for (std::size_t i = 0; i < steps.size(); ++i)
    links.push_back(link_of(*steps[i].record, *steps[(i + 1) % steps.size()].record));
  const std::string text = twill::detail::cycle_text(links, true);
  if (!is_elected(cycle)) return;  // from here on, nothing can fail
  const auto chosen =
      std::ranges::find_if(steps, [](const Step& step) { return step.record->can_throw.load(); });
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    write_text(step->record->text, text);
    if (step == chosen) step->record->chosen.store(step->epoch);
    step->record->told.store(step->epoch);
  }
  arena().ends.fetch_add(1);
  tell_change();
}

std::optional<std::string> WaitEdge::verdict() {
  if (mine_ == nullptr || !mine_->is_waiting()) return std::nullopt;
  const std::uint32_t epoch = mine_->epoch.load();
  std::uint32_t told = epoch;
  if (!mine_->told.compare_exchange_strong(told, 0)) return std::nullopt;
  std::string text = read_text(mine_->text, '\n');
  if (mine_->chosen.load() == epoch) return text;
  twill::detail::report(text);
  return std::nullopt;
}

std::atomic<WaitEdge::Walking> WaitEdge::while_walking{nullptr};

}  // namespace mp::detail
TWILL_END
