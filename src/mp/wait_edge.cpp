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

WaitRecord* record_of_thread(std::uint32_t thread) noexcept {
  for (WaitRecord& record : used_records())
    if (record.is_waiting() && record.thread.load() == thread) return &record;
  return nullptr;
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

bool WaitEdge::find_cycle(Cycle& cycle) const noexcept {
  const std::uint32_t self = mine_->thread.load();
  for (WaitRecord* record = mine_; record != nullptr && cycle.size < kWaitRecords;) {
    const Step step{record, record->epoch.load(),
                    lock_of(*record).entry.word.load() & RobustEntry::kOwner};
    if (!record->is_waiting() || step.owner == 0 || step.owner == RobustLock::kAnybody)
      return false;
    cycle.steps[cycle.size++] = step;
    if (step.owner == self)
      return std::ranges::all_of(std::span(cycle.steps).first(cycle.size), [](const Step& each) {
        return each.record->epoch.load() == each.epoch &&
               lock_of(*each.record).owner() == each.owner;
      });
    record = record_of_thread(step.owner);
  }
  return false;
}

// 1. A and B publish.  2. Both find the cycle.  3. Both throw. So who finds it asks first whether
// it is decided, in one of its records: the first, which both agree on, has the cycle's number
// then.
void WaitEdge::resolve(const Cycle& cycle) {
  const std::span steps = std::span(cycle.steps).first(cycle.size);
  const auto by_record = [](const Step& a, const Step& b) { return a.record < b.record; };
  std::uint32_t number = 1;
  std::vector<Step> sorted(steps.begin(), steps.end());
  std::ranges::sort(sorted, by_record);
  for (const Step& step : sorted) number = number * 31 + step.epoch;
  auto& decided = sorted.front().record->decided;
  std::uint32_t before = decided.load();
  if (before == number || !decided.compare_exchange_strong(before, number)) return;

  std::vector<twill::detail::Link> links;
  for (std::size_t i = 0; i < steps.size(); ++i)
    links.push_back(link_of(*steps[i].record, *steps[(i + 1) % steps.size()].record));
  const std::string text = twill::detail::cycle_text(links, true);
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
  const std::uint32_t epoch = mine_ != nullptr ? mine_->epoch.load() : 0;
  if (mine_ == nullptr || mine_->told.load() != epoch) return std::nullopt;
  mine_->told.store(0);
  std::string text = read_text(mine_->text, '\n');
  if (mine_->chosen.load() == epoch) return text;
  twill::detail::report(text);
  return std::nullopt;
}

}  // namespace mp::detail
TWILL_END
