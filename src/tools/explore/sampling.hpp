#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include <twill/tools/explore.hpp>

#include "tools/explore/strategy.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// After so many executions the profile is complete.
inline constexpr std::uint64_t kProfiled = 10;

/// What a few executions say of all: how long they are, who uses what, and where races are.
struct Profile {
  explicit Profile(std::pmr::memory_resource* memory) : uses(memory), racing(memory) {}

  std::uint64_t steps = 1;
  std::pmr::vector<std::array<std::uint32_t, kMostTasks>> uses;  ///< of each object, by each task
  Places racing;

  void learn(const Trace& trace);
  void learn_races(const std::vector<const void*>& sites);
};

/// Interleavings at random: each from the seed and its number alone, once the profile is complete.
/// A Shared is a point to change threads at where it was seen to race; at first, and now and then,
/// everywhere.
class Sampling final : public Strategy {
 public:
  /// Of the portfolio, each method in turn.
  Sampling(SearchBy method, std::uint64_t seed, const Profile& profile) noexcept
      : wanted_(method), seed_(seed), profile_(profile) {}

  void reseed(std::uint64_t seed) noexcept { seed_ = seed; }
  /// The next execution is the one of that number.
  void continue_at(std::uint64_t number) noexcept { number_ = number; }
  std::uint64_t number() const noexcept { return number_ - 1; }

  bool next() override;
  std::size_t choose(std::span<const Option> options, const Trace& trace) override;
  void learn(const Trace&) override {}

 private:
  using Options = std::span<const Option>;

  std::size_t by_walk(Options options);
  std::size_t by_priority(Options options, std::size_t step);
  std::size_t by_event(Options options, const Trace& trace);
  std::size_t by_weight(Options options, const Trace& trace);
  void choose_object();
  bool counts(const Effect& effect) const noexcept;
  void intend();
  std::size_t best_of(Options options) const noexcept;

  std::uint64_t draw() noexcept;
  std::uint64_t draw(std::uint64_t below) noexcept { return draw() % below; }

  const SearchBy wanted_;
  std::uint64_t seed_;
  const Profile& profile_;
  std::uint64_t number_ = 0;

  // Of one execution.
  SearchBy method_ = SearchBy::random_walk;
  std::uint64_t random_ = 0;
  std::array<std::uint64_t, kMostTasks> priority_{};  ///< of the task, or of its next step
  std::vector<std::uint64_t> changes_;                ///< the steps before which a priority falls
  std::uint64_t lowest_ = 0;
  std::uint16_t object_ = 0;                      ///< whose uses are to be spread evenly; 0: all
  std::array<std::uint64_t, kMostTasks> left_{};  ///< of those uses, about, by each task
  unsigned intended_ = 0;                         ///< who is to do the next of them
  std::size_t seen_ = 0;                          ///< steps of the trace
};

}  // namespace detail::explorer
TWILL_END
