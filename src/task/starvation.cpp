#include <twill/task/starvation.hpp>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <new>
#include <string>

#include <twill/platform/error.hpp>

#include "park/census.hpp"
#include "park/edges.hpp"
#include "park/node.hpp"
#include "park/symbol.hpp"
#include "park/virtual_time.hpp"
#include "task/crew_state.hpp"
#include "thread/launch.hpp"

TWILL_BEGIN
namespace detail {

namespace {

constexpr Kind kKind{"twill starvation watch"};

/// In nanoseconds; negative: the environment was not asked yet.
constinit atomic<std::int64_t> chosen{-1};
constinit atomic<std::uint32_t> changes{0};
constinit WordLock start_lock;
constinit atomic<bool> is_started{false};

std::int64_t asked_of_environment() noexcept {
  const char* const wanted = std::getenv("TWILL_STARVATION");
  const double seconds = wanted == nullptr ? 0 : std::strtod(wanted, nullptr);
  return seconds > 0 ? Timeout(std::chrono::duration<double>(seconds)).nanoseconds() : 0;
}

std::int64_t patience() noexcept {
  std::int64_t ns = chosen.load(relaxed);
  if (ns < 0) {
    std::int64_t unset = ns;
    ns = asked_of_environment();
    if (!chosen.compare_exchange_strong(unset, ns, relaxed)) ns = unset;
  }
  return ns;
}

std::string line_of(const WorkerReport& worker) {
  std::string line = "\n  " + name_of(worker.context);
  if (worker.is_idle) return line + " is idle";
  line += worker.site == nullptr ? " runs a call"
                                 : " runs the call that was submitted at " + place_of(worker.site);
  const Link wait = describe(worker.context, nullptr);
  if (wait.object.empty()) return line + ", and does not wait for anything of twill";
  line += ", and waits for " + wait.object;
  return wait.waits_at == nullptr ? line : line + " at " + place_of(wait.waits_at);
}

void tell(const CrewReport& crew, std::int64_t after) {
  std::string text =
      fmt::format("starvation: {} has {} queued, and has begun none for {:g} s", crew.name,
                  crew.queued == 1 ? "a call" : std::to_string(crew.queued) + " calls",
                  static_cast<double>(after) * 1e-9);
  for (const WorkerReport& worker : crew.workers) text += line_of(worker);
  report(text);
}

/// Without memory it is left to the next time.
void look_at_all(std::int64_t after) noexcept try {
  const std::int64_t now = Clock::now().time_since_epoch().count();
  for (const auto& crew : living_crews()) {
    CrewReport report = crew->report();
    if (crew->stall.look(report.begun, report.queued > 0, now, after)) tell(report, after);
  }
} catch (const std::bad_alloc&) {
}

/// The thread that watches. It is not counted among those that could end a wait.
struct Watchman final : Runnable {
  void main() override {
    for (;;) {
      const std::uint32_t seen = changes.load(acquire);
      const std::int64_t after = patience();
      if (after > 0 && !virtual_time::active()) look_at_all(after);
      census::look_round();
      const Timeout pause = after == 0 ? Timeout::never()
                                       : Timeout(std::chrono::nanoseconds(std::clamp<std::int64_t>(
                                             after / 4, 1'000'000, kLongest)));
      const Subject subject{this, &kKind, nullptr, nullptr};
      static_cast<void>(await(&changes, subject, {Deadline(pause)},
                              [&] { return changes.load(acquire) != seen; }));
    }
  }
  static constexpr std::int64_t kLongest = 3'600'000'000'000;
};

constinit Watchman watchman;

}  // namespace

int start_watching() noexcept {
  if (patience() == 0 || is_started.load(acquire)) return 0;
  const WordLock::Guard guard(start_lock);
  if (is_started.load(relaxed)) return 0;
  const int error =
      launch(watchman, {.name = "twill watch", .internal = true, .bystander = true}).error;
  is_started.store(error == 0, release);
  return error;
}

void forget_watching() noexcept {
  start_lock.reset();
  is_started.store(false, relaxed);
}

}  // namespace detail

std::chrono::nanoseconds set_starvation_watch(Timeout after) {
  const std::int64_t before = detail::patience();
  const std::int64_t chosen = detail::chosen.exchange(after.nanoseconds(), detail::relaxed);
  detail::changes.fetch_add(1, detail::release);
  detail::notify(&detail::changes, 1);
  if (const int error = detail::start_watching(); error != 0)
    throw OSError(error, "start of the thread that watches pools");
  return std::chrono::nanoseconds(chosen < 0 ? before : chosen);
}

std::chrono::nanoseconds starvation_watch() noexcept {
  return std::chrono::nanoseconds(detail::patience());
}

TWILL_END
