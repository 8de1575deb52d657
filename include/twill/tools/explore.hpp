#pragma once

#include <cstdint>
#include <functional>
#include <source_location>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

struct ExploreOptions {
  std::uint64_t runs = 20'000;   ///< executions at most
  std::uint64_t seed = 1;        ///< of what is left to chance
  std::uint64_t steps = 20'000;  ///< of one execution; one that goes on after that has no end
  std::string replay = {};       ///< runs the one execution that an Exploration called so
};

/// What an exploration found.
struct Exploration {
  std::string failure = {};      ///< what went wrong; empty if nothing did
  std::string replay = {};       ///< for ExploreOptions::replay: leads to the failure again
  std::string table = {};        ///< the execution that failed, a line a step, a column a thread
  std::uint64_t executions = 0;  ///< how many ran
  bool exhaustive = false;       ///< no interleaving was left out

  explicit operator bool() const noexcept { return failure.empty(); }
  /// All of that in words.
  TWILL_API std::string report() const;
};

/// Runs `body` again and again, one thread at a time, and decides at each operation on what `body`
/// makes of twill's (locks, conditions, events, semaphores, barriers, queues, threads) and at each
/// use of a Shared who goes on: first every interleaving, those with the fewest changes of thread
/// before the others; if they are too many, some at random. Ends with the first that fails: a
/// check(), an exception that nobody caught, a deadlock, a data race, no end. Makes that one as
/// short as it can.
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
/// threads. What it uses but has not made is not seen, and orders nothing: a Shared under such a
/// lock looks like a race. A Timer with a delay is refused (OSError). Sleeps and timeouts cost
/// nothing: time stands still while anybody runs, and may then be over for anybody who waits for
/// it. Blocks until it is done; one exploration at a time, else RuntimeError. Other threads of the
/// process should leave twill alone meanwhile.
TWILL_API Exploration explore(const std::function<void()>& body, ExploreOptions options = {});

/// What has to be true. In an exploration the execution fails if it is not, and the calling thread
/// ends; outside of one, RuntimeError.
TWILL_API void check(bool holds, std::source_location where = std::source_location::current());

TWILL_END
