#include "park/standstill.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "park/edges.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// A thread that sleeps with neither timeout nor stop, or ends nobody's wait.
struct Sleeper {
  Context* context;
  std::uint64_t state;
};

/// All threads that twill knows, if every one of them sleeps for ever; else nothing.
std::vector<Sleeper> everybody_asleep() {
  std::vector<Sleeper> sleepers;
  bool everybody = true;
  for_each_context([&](Context& context) {
    if (context.kind.load(relaxed) != &thread_kind) return;
    const std::uint64_t state = context.state.load(acquire);
    if (phase_of(state) != Phase::asleep ||
        !(context.waits_certainly.load(relaxed) || context.bystander.load(relaxed)))
      everybody = false;
    if (everybody) sleepers.push_back({&context, state});
  });
  if (!everybody) sleepers.clear();
  return sleepers;
}

/// No epoch was claimed since the first pass: there was a moment in between at which all slept.
bool still_asleep(const std::vector<Sleeper>& sleepers) {
  return std::all_of(sleepers.begin(), sleepers.end(),
                     [](const Sleeper& s) { return s.context->state.load(acquire) == s.state; });
}

std::vector<Link> describe(const std::vector<Sleeper>& sleepers) {
  std::vector<Link> links;
  for (const Sleeper& sleeper : sleepers) {
    if (sleeper.context->internal) continue;
    const std::uint32_t id = sleeper.context->id.load(relaxed);
    const Path edges = edges_of(id, {});
    links.push_back(describe(id, edges.size() == 1 ? &edges.front() : nullptr));
  }
  return links;
}

}  // namespace

/// The obvious single pass would be wrong: A (already looked at) sleeps; B, not yet looked at,
/// wakes up from a sleep with a timeout, wakes A, and goes to sleep for ever, where the pass finds
/// it.
bool find_standstill() noexcept try {
  if (policy.load(relaxed) == DeadlockPolicy::off) return true;
  std::vector<Sleeper> sleepers = everybody_asleep();
  if (sleepers.empty()) return false;
  const bool all_known = sleepers.size() == kernel_tasks();
  const bool signals = catches_signals();  // a handler may end a wait
  if (!all_known || signals || !still_asleep(sleepers)) return false;
  const std::string text = standstill_text(describe(sleepers));
  const WordLock::Guard guard(election);
  std::erase_if(sleepers, [](const Sleeper& s) { return s.context->bystander.load(relaxed); });
  if (!still_asleep(sleepers)) return true;
  const auto main_thread = std::find_if(sleepers.begin(), sleepers.end(),
                                        [](const Sleeper& s) { return s.context->immortal; });
  if (policy.load(relaxed) == DeadlockPolicy::raise && main_thread != sleepers.end() &&
      sentence(main_thread->context->id.load(relaxed), {text}))
    return true;
  report_once(text);
  return true;
} catch (...) {
  return true;
}

}  // namespace detail
TWILL_END
