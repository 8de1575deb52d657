#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <vector>

#include <twill/tools/explore.hpp>

#include "tools/explore/script.hpp"
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

/// Interleavings at random: each from its Sample alone, once the profile is complete. The first,
/// from which that comes, are always the same. A Shared is a point to change threads at where it
/// was seen to race; at first, and now and then, everywhere.
class Sampling final : public Strategy {
 public:
  /// Of the portfolio, each method in turn.
  Sampling(SearchBy method, std::uint64_t seed, const Profile& profile) noexcept
      : wanted_(method), seed_(seed), profile_(profile) {}

  /// From the next execution on: that one.
  void repeat(const Sample& sample) noexcept { repeated_ = sample; }
  /// What the last execution came from.
  const Sample& sample() const noexcept { return sample_; }
  /// The last execution is one of those that make the profile.
  bool is_profiling() const noexcept { return number_ <= kProfiled; }

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

  Sample sample_of(std::uint64_t number) noexcept;

  const SearchBy wanted_;
  const std::uint64_t seed_;
  const Profile& profile_;
  std::uint64_t number_ = 0;
  std::optional<Sample> repeated_;

  // Of one execution.
  Sample sample_;
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
