#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "tools/explore/clock.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// One way to go on: a task does what it is about to do, or the time is over for which it waits.
struct Option {
  unsigned task;
  bool times_out;
  bool preempts;  ///< the task that ran last could go on and has to wait
};

/// Decides who goes on.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Begins an execution; false: there is none left.
  virtual bool next() = 0;

  /// The index of one of at least two options. The first is the default: whoever runs goes on.
  virtual std::size_t choose(std::span<const Option> options) = 0;
};

/// Every choice at every decision, depth first, with at most so many preemptions (Musuvathi and
/// Qadeer, "Iterative Context Bounding for Systematic Testing of Multithreaded Programs", 2007).
class DepthFirst final : public Strategy {
 public:
  explicit DepthFirst(unsigned preemptions) noexcept : most_(preemptions) {}
  bool next() override;
  std::size_t choose(std::span<const Option> options) override;

  /// Whether the bound was ever felt.
  bool left_some_out() const noexcept { return left_some_out_; }

 private:
  struct Branch {
    std::size_t taken;
    std::size_t count;
  };
  std::vector<Branch> path_;
  std::size_t depth_ = 0;
  unsigned most_;
  unsigned spent_ = 0;
  bool begun_ = false;
  bool left_some_out_ = false;
};

/// By turns a walk that leaves the default with a probability of its own, and priorities that
/// change at a few random moments (Burckhardt et al., "A Randomized Scheduler with Probabilistic
/// Guarantees of Finding Bugs", 2010).
class Random final : public Strategy {
 public:
  /// `decisions`: of one execution, about.
  Random(std::uint64_t seed, std::uint64_t decisions) : random_(seed), decisions_(decisions) {}
  bool next() override;
  std::size_t choose(std::span<const Option> options) override;

 private:
  std::size_t walk(std::span<const Option> options);
  std::size_t by_priority(std::span<const Option> options);
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  std::mt19937_64 random_;
  std::uint64_t decisions_;
  bool walking_ = false;
  std::uint64_t odds_ = 2;
  std::uint64_t priority_[kMostTasks]{};
  unsigned changes_ = 0;
  unsigned lowest_ = 0;
};

/// What was chosen before.
class Script final : public Strategy {
 public:
  explicit Script(std::vector<std::size_t> choices) : choices_(std::move(choices)) {}
  bool next() override;
  std::size_t choose(std::span<const Option> options) override;

  /// Whether it fits the program.
  bool fits() const noexcept { return fits_; }

 private:
  std::vector<std::size_t> choices_;
  std::size_t at_ = 0;
  bool fits_ = true;
};

/// Choices as "1.0.0.1.1": without the zeros at the end, and with "~12" for twelve zeros.
std::string to_string(const std::vector<std::size_t>& choices);
/// ValueError for what is no such text.
std::vector<std::size_t> parse_choices(const std::string& text);

}  // namespace detail::explorer
TWILL_END
