#include "model/engine.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>

TWILL_BEGIN
namespace model {

constinit bool exploring = false;
Engine engine;

namespace {

constexpr std::int64_t kEpoch = 1'000'000'000;

}  // namespace

void Engine::begin(const Options& options, const std::function<void()>& body) {
  if (exploring) fail("explore() inside an exploration");
  options_ = options;
  body_ = &body;
  locations_.begin_exploration();
}

/// What every fiber runs.
void Engine::enter(void*) {
  Thread& thread = engine.threads_[engine.current_];
  try {
    thread.body();
  } catch (const std::exception& e) {
    engine.fail(std::string("an exception escaped: ") + e.what());
  } catch (...) {
    engine.fail("an exception escaped");
  }
  engine.leave();
  std::abort();  // nobody goes on with an ended thread
}

/// The running thread has ended.
void Engine::leave() noexcept {
  note(What::end);
  Thread& thread = threads_[current_];
  thread.doing = Doing::nothing;
  thread.body = nullptr;
  if (current_ == 0) {
    machine_.drain(0);
    switch_between(0, kHost);
  }
  const bool last = std::all_of(threads_ + 1, threads_ + count_,
                                [](const Thread& t) { return t.doing == Doing::nothing; });
  if (last) threads_[0].doing = Doing::ready;
  block();
}

/// One execution; true if it went well.
bool Engine::run(Strategy& strategy, unsigned preemptions) {
  constexpr unsigned kAny = std::numeric_limits<unsigned>::max();
  strategy_ = &strategy;
  budget_ = strategy.bounded() ? Budget{{1, preemptions, options_.stale, options_.events}}
                               : Budget{{1, kAny, kAny, kAny}};
  for (Thread& thread : threads_) thread.doing = Doing::nothing;
  current_ = 0;
  count_ = 1;
  now_ = kEpoch;
  sleeps_ = decisions_ = 0;
  departures_.clear();
  steps_.clear();
  failure_.clear();
  machine_.begin_execution();
  locations_.begin_execution();

  threads_[0].body = *body_;
  threads_[0].doing = Doing::ready;
  threads_[0].fiber.prepare(0, enter, nullptr);
  for (Followed& f : followed_) f.now = f.initial;
  switch_between(kHost, 0);
  return failure_.empty();
}

void Engine::end(Result& result) {
  result.failure = failure_;
  if (!failure_.empty()) {
    result.choices = to_string(departures_);
    result.story = tell(steps_, locations_);
  }
}

void Engine::fail(std::string what) noexcept {
  failure_ = std::move(what);
  switch_between(current_, kHost);
  std::abort();  // nobody comes back here
}

Result Engine::search() {
  Result result;
  const auto went_wrong = [&](bool well) {
    ++result.executions;
    result.longest = std::max<unsigned long>(result.longest, steps_.size());
    if (!well) end(result);
    locations_.end_execution();
    return !well;
  };
  locations_.begin_search();
  result.complete = true;
  for (unsigned bound = 0; bound <= options_.preemptions && result.complete;) {
    DepthFirst every;
    while (result.complete && every.next()) {
      if (went_wrong(run(every, bound))) return result;
      result.complete = result.executions < options_.executions;
    }
    const bool more_points = locations_.begin_search();
    if (!more_points || bound < options_.preemptions) ++bound;
  }
  Random random(options_.seed, options_.random, result.longest);
  while (random.next())
    if (went_wrong(run(random, 0))) return result;
  return result;
}

Result Engine::explore(const Options& options, const std::function<void()>& body) {
  begin(options, body);
  const auto started = std::chrono::steady_clock::now();
  std::uint64_t prints[2];
  for (std::uint64_t& print : prints) {
    DepthFirst first;
    first.next();
    run(first, 0);
    print = fingerprint(steps_);
    locations_.end_execution();
  }
  Result result;
  if (prints[0] != prints[1])
    result.failure = "the same schedule ran differently the second time";
  else
    result = search();
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return result;
}

Result Engine::replay(const Options& options, const std::string& choices,
                      const std::function<void()>& body) {
  begin(options, body);
  const std::vector<Departure> script = parse_departures(choices);
  script_ = &script;
  DepthFirst unused;
  run(unused, 0);
  script_ = nullptr;
  Result result;
  result.executions = 1;
  result.longest = steps_.size();
  end(result);
  if (failure_.empty()) result.story = tell(steps_, locations_);
  locations_.end_execution();
  return result;
}

void Engine::together(std::vector<std::function<void()>> bodies) {
  if (current_ != 0 || bodies.size() >= kMostThreads) fail("too many threads, or not in the body");
  machine_.drain(0);
  count_ = 1 + static_cast<unsigned>(bodies.size());
  for (unsigned i = 1; i < count_; ++i) {
    Thread& thread = threads_[i];
    thread.body = std::move(bodies[i - 1]);
    thread.doing = Doing::ready;
    thread.fiber.prepare(i, enter, nullptr);
    machine_.order(0, i);
  }
  threads_[0].doing = Doing::joining;
  block();
  for (unsigned i = 1; i < count_; ++i) {
    machine_.drain(i);
    machine_.order(i, 0);
  }
  count_ = 1;
}

void Engine::follow(void* variable, std::size_t size, const std::vector<std::uint64_t>& initial) {
  followed_.push_back({variable, size, initial, {}});
  followed_.back().initial.resize(kMostThreads + 1);
}

void Engine::switch_between(unsigned from, unsigned to) noexcept {
  for (Followed& f : followed_) {
    std::memcpy(&f.now[from], f.variable, f.size);
    std::memcpy(f.variable, &f.now[to], f.size);
  }
  exploring = to != kHost;
  const auto fiber = [this](unsigned i) -> detail::Fiber& {
    return i == kHost ? host_ : threads_[i].fiber;
  };
  fiber(from).switch_to(fiber(to));
}

}  // namespace model
TWILL_END
