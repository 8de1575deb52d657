#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "model/explore.hpp"

TWILL_BEGIN
namespace model {

enum class Price : std::uint8_t { free, preemption, stale, event };

/// One way to go on: with a thread (maybe by an event that ends its sleep), or with a number of
/// stores that are still on their way.
struct Option {
  enum Kind : std::uint8_t { run, timeout, spurious, signal, memory, leap } kind;
  Price price;
  unsigned thread;
};

class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Begins an execution; false: there is none left.
  virtual bool next() = 0;

  /// The index of one of at least two options; the first is the default, and free.
  virtual std::size_t choose(std::span<const Option> options) = 0;

  /// Whether the bounds of Options hold.
  virtual bool bounded() const noexcept = 0;
};

/// Every choice at every decision, depth first.
class DepthFirst final : public Strategy {
 public:
  bool next() override;
  std::size_t choose(std::span<const Option> options) override;
  bool bounded() const noexcept override { return true; }

 private:
  struct Branch {
    std::size_t taken;
    std::size_t count;
  };
  std::vector<Branch> path_;
  std::size_t depth_ = 0;
  bool begun_ = false;
};

/// By turns a walk that leaves the default with a probability of its own, and priorities that
/// change at a few random moments.
class Random final : public Strategy {
 public:
  Random(std::uint64_t seed, unsigned long executions, unsigned long steps)
      : random_(seed), left_(executions), steps_(steps) {}
  bool next() override;
  std::size_t choose(std::span<const Option> options) override;
  bool bounded() const noexcept override { return false; }

 private:
  std::size_t walk(std::span<const Option> options);
  std::size_t by_priority(std::span<const Option> options);
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  std::mt19937_64 random_;
  unsigned long left_;
  unsigned long steps_;  ///< decisions of one execution, about
  bool walking_ = false;
  std::uint64_t odds_ = 2;
  std::uint64_t priority_[kMostThreads]{};
  unsigned changes_ = 0;
  unsigned lowest_ = 0;
};

/// Departs from the default at numbered decisions: the n-th decision of the execution, counted from
/// 1, takes its k-th option. Written "n.k n.k ...".
struct Departure {
  unsigned long decision;
  std::size_t option;
};

std::string to_string(const std::vector<Departure>& departures);
std::vector<Departure> parse_departures(const std::string& text);

}  // namespace model
TWILL_END
