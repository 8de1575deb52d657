#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>
#include <utility>

#include "park/context.hpp"

namespace support {

using namespace std::chrono_literals;

/// Yields until `condition` holds; a test that waits in vain ends with a sentence.
template <class Condition>
void yield_until(Condition&& condition, const char* what = "a condition") {
  const auto limit = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) {
      std::fprintf(stderr, "gave up waiting for %s\n", what);
      std::abort();
    }
    std::this_thread::yield();
  }
}

/// Whether the context of an id sleeps in the door.
inline bool is_blocked(std::uint32_t id) {
  const twill::detail::Context* context = twill::detail::context_of(id);
  return context != nullptr && context->id.load() == id && context->waits_for.load() != nullptr &&
         twill::detail::phase_of(context->state.load()) == twill::detail::Phase::asleep;
}

/// A plain std::thread that a test can watch fall asleep in the door. Joins in its destructor.
class Runner {
 public:
  template <class F>
  explicit Runner(F&& f)
      : thread_([this, f = std::forward<F>(f)]() mutable {
          id_.store(twill::detail::self());
          try {
            f();
          } catch (const std::exception& error) {
            error_ = error.what();
          }
          done_.store(true);
        }) {}
  ~Runner() {
    if (thread_.joinable()) thread_.join();
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// The thread's context; waits until it has one.
  std::uint32_t id() const {
    yield_until([this] { return id_.load() != 0; }, "the start of a thread");
    return id_.load();
  }

  /// Returns once the thread sleeps in the door.
  Runner& until_blocked() {
    const std::uint32_t context = id();
    yield_until([&] { return is_blocked(context); }, "a thread to block");
    return *this;
  }

  bool done() const { return done_.load(); }
  void join() { thread_.join(); }
  std::thread& thread() { return thread_; }

  /// What the exception said that left the callable; empty if none did. After join().
  const std::string& error() const { return error_; }

 private:
  std::atomic<std::uint32_t> id_{0};
  std::atomic<bool> done_{false};
  std::string error_;
  std::thread thread_;
};

}  // namespace support
