#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <source_location>
#include <stop_token>
#include <string>

#include <twill/park/deadline.hpp>
#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// How an exploration goes about it.
enum class SearchBy : std::uint8_t {
  portfolio,    ///< a few at random; then every interleaving; if those are too many, all at random
  depth_first,  ///< every interleaving, one of each class
  random_walk,  ///< anybody at each step
  pct,          ///< priorities that fall at a few random steps
  pos,          ///< a priority for each step, drawn anew when a conflicting one was taken
  surw,         ///< all orders of the uses of a random object about equally likely
};

struct ExploreOptions {
  std::uint64_t runs = 20'000;   ///< executions at most
  std::uint64_t seed = 1;        ///< of what is left to chance
  std::uint64_t steps = 20'000;  ///< of one execution; one that goes on after that has no end
  std::string replay = {};       ///< runs the one execution that an Exploration called so
  SearchBy by = SearchBy::portfolio;
  Timeout time = Timeout::never();  ///< begins no execution after that
  /// Who makes no step for so long, but sleeps or computes, ends the process with a sentence.
  Timeout patience = std::chrono::seconds(10);
  std::stop_token stop = {};  ///< nor after this
  /// Each thread of the body is one of the system, some hundred times slower: for what is
  /// thread_local, and for debuggers. So they are without being asked if a thread_local is seen in
  /// the program or in a library, besides twill's and the C++ runtime's own.
  bool real_threads = false;
};

/// What can go wrong.
enum class Finding : std::uint8_t {
  nothing,
  check,        ///< a check() did not hold
  exception,    ///< nobody caught it
  data_race,    ///< two uses of a Shared, one of them a write, that nothing orders
  deadlock,     ///< nobody can go on
  lost_wakeup,  ///< the same, and a notify() came before anybody waited for it
  starvation,   ///< somebody never has a turn, though all others do
  livelock,     ///< everybody has turns, and there is no end
  leak,         ///< a thread outlives the body
  misuse,       ///< of twill's, which would have ended the process
  crash,        ///< of a whole program: ended by a signal
  outside,  ///< forks, has too many threads, loops or blocks outside of twill: cannot be explored
  nondeterminism,  ///< the body depends on more than the order of its threads
};

/// What an exploration found.
struct Exploration {
  Finding finding = Finding::nothing;
  std::string failure = {};      ///< what went wrong, in words; empty if nothing did
  std::string replay = {};       ///< for ExploreOptions::replay: leads to the failure again
  std::string command = {};      ///< to be typed: does that in the program as it was started
  std::string table = {};        ///< the execution that failed, a line a step, a column a thread
  std::string remark = {};       ///< how it was done, if not as usual: on real threads, and why
  std::uint64_t executions = 0;  ///< how many ran
  bool exhaustive = false;       ///< no interleaving was left out
  double interleavings = 0;      ///< if exhaustive: how many there are, each of them equivalent to
                                 ///< one that ran; 0: too many to be counted

  explicit operator bool() const noexcept { return finding == Finding::nothing; }
  /// All of that in words.
  TWILL_API std::string report() const;
};

/// Runs `body` again and again, one thread at a time, and decides at each operation on what `body`
/// makes of twill's (locks, conditions, events, semaphores, barriers, queues, threads) and at each
/// use of a Shared or an Atomic who goes on. Ends when no interleaving is left, or with the first
/// that fails, which it makes as short as it can.
///
///     auto found = twill::explore([] {
///       twill::Shared balance(10'000, "balance");
///       auto company = twill::Thread({.name = "company"}, [&] { balance += 2'000; });
///       auto ebay = twill::Thread({.name = "ebay"}, [&] { balance -= 1'000; });
///       company.start(), ebay.start(), company.join(), ebay.join();
///       twill::check(balance == 11'000);
///     });
///     twill::print("{}\n", found.report());
///
/// `body` has to make all that it changes, and to do the same each time but for the order of its
/// threads and what choose() answers. What it uses but has not made is not seen, and orders
/// nothing: a Shared under such a lock looks like a race. fork() is a finding. Sleeps, timeouts and
/// timers cost nothing: time stands still while anybody runs, and may then be over for anybody who
/// waits for it. A thread that looks at the same again and again (eleven steps that write nothing
/// while nobody writes) lets others go first. Up to 32 threads.
///
/// The environment variable TWILL_REPLAY of a command in a report has the exploration of that
/// number (the first of a process is 1) run that one execution.
///
/// Blocks until it is done; one exploration at a time, else RuntimeError. ValueError for a replay
/// that is damaged or from another program. Other threads of the process should leave twill alone
/// meanwhile.
TWILL_API Exploration explore(const std::function<void()>& body, ExploreOptions options = {});

/// What has to be true. In an exploration the execution fails if it is not, and the calling thread
/// ends; outside of one, RuntimeError.
TWILL_API void check(bool holds, std::source_location where = std::source_location::current());

/// Any number from 0 to n - 1: an exploration tries them all, at each call. Outside of one, a
/// random one. ValueError unless n is 1 to 100.
TWILL_API unsigned choose(unsigned n);

TWILL_END
