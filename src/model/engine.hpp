#pragma once

#include <optional>

#include "model/machine.hpp"
#include "model/story.hpp"
#include "model/strategy.hpp"
#include "platform/fiber.hpp"

TWILL_BEGIN
namespace model {

enum class Awakening : std::uint8_t { woken, for_nothing, timeout, interrupted };

/// Runs executions and decides, at each point where threads may change, who goes on.
class Engine {
 public:
  Result explore(const Options& options, const std::function<void()>& body);
  Result replay(const Options& options, const std::string& choices,
                const std::function<void()>& body);
  void together(std::vector<std::function<void()>> bodies);
  [[noreturn]] void fail(std::string what) noexcept;

  // What a thread of the model does.
  std::uint64_t load(Cell cell, std::memory_order order);
  void store(Cell cell, std::uint64_t value, std::memory_order order);
  std::uint64_t modify(Cell cell, Change change, std::uint64_t operand, std::memory_order order);
  bool compare_exchange(Cell cell, std::uint64_t& expected, std::uint64_t desired,
                        std::memory_order success, std::memory_order failure);
  void destroyed(Cell cell);
  Awakening sleep(Cell cell, std::uint32_t expected, std::int64_t until);
  void wake(Cell cell);
  void barrier();
  void yield();
  std::int64_t now();

  unsigned self() const noexcept { return current_; }
  Locations& locations() noexcept { return locations_; }
  Machine& machine() noexcept { return machine_; }
  void follow(void* variable, std::size_t size, const std::vector<std::uint64_t>& initial);

 private:
  static constexpr unsigned kHost = kMostThreads;

  enum class Doing : std::uint8_t { nothing, ready, sleeping, joining };

  struct Thread {
    detail::Fiber fiber;
    std::function<void()> body = {};
    Doing doing = Doing::nothing;
    const Location* sleeps_on = nullptr;
    std::uint64_t asleep_since = 0;
    std::int64_t until = 0;
    Awakening awakening = Awakening::woken;
  };

  struct Followed {
    void* variable;
    std::size_t size;
    std::vector<std::uint64_t> initial;
    std::vector<std::uint64_t> now;  ///< the last is the host's
  };

  struct Budget {
    unsigned left[4];
    bool affords(Price price) const noexcept { return left[static_cast<unsigned>(price)] > 0; }
    void spend(Price price) noexcept {
      if (price != Price::free) --left[static_cast<unsigned>(price)];
    }
  };

  void begin(const Options& options, const std::function<void()>& body);
  Result search();
  bool run(Strategy& strategy, unsigned preemptions);
  void end(Result& result);
  static void enter(void*);

  Location& touch(Cell cell, bool writes);
  void point(const Location& location);
  void consider();
  void block();
  void add_ready(Price price);
  void add_events(Price price);
  std::size_t decide();
  void resume(const Option& option);
  unsigned overlook(unsigned count);
  [[noreturn]] void stuck();
  void note(What what, const Location* location = nullptr, std::uint64_t before = 0,
            std::uint64_t after = 0);
  void leave() noexcept;
  void switch_between(unsigned from, unsigned to) noexcept;

  Options options_;
  const std::function<void()>* body_ = nullptr;
  Strategy* strategy_ = nullptr;
  Locations locations_;
  Machine machine_{[this](unsigned count) { return overlook(count); }};
  Thread threads_[kMostThreads];
  detail::Fiber host_;  ///< where explore() was called
  std::vector<Followed> followed_;

  // Of one execution.
  unsigned current_ = 0;
  unsigned count_ = 1;
  Budget budget_{};
  std::int64_t now_ = 0;
  std::uint64_t sleeps_ = 0;
  unsigned long decisions_ = 0;
  std::vector<Option> choices_;  ///< at the present decision
  std::vector<Option> affordable_;
  std::vector<std::size_t> index_;  ///< of the affordable ones
  std::vector<Departure> departures_;
  std::vector<Step> steps_;
  std::string failure_;

  const std::vector<Departure>* script_ = nullptr;  ///< of a replay
};

extern Engine engine;

}  // namespace model
TWILL_END
