#pragma once

#include <memory_resource>
#include <optional>
#include <string>

#include <twill/tools/explore.hpp>

#include "tools/explore/depth_first.hpp"
#include "tools/explore/runner.hpp"
#include "tools/explore/sampling.hpp"
#include "tools/explore/script.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// The search of one exploration. What it learns from executions is in itself and in `memory`, so
/// that both can be shared with processes that run them.
class Search final : private Learner {
 public:
  Search(Runner& runner, const ExploreOptions& options, std::pmr::memory_resource* memory);

  /// What the options ask for: the one execution, or the first that fails.
  Exploration run();

 private:
  /// An execution that failed, and how to get there.
  struct Found {
    Failure failure;
    Replay way;
  };

  void learn(Strategy& strategy, const Outcome& outcome) override;

  Exploration replay();
  Exploration find();
  bool may_go_on() const;
  const Result& run(Strategy& strategy, bool tell = false);
  const Result& run(const Choices& choices, bool tell);
  bool is_deterministic();
  void sample(std::uint64_t until);
  void try_all(std::uint64_t until);
  void finish();
  bool failed(const Result& result, bool sampled);
  std::optional<Sample> sample_of(const Failure& failure);
  void report(Found found);
  Choices shortened(Choices choices, const Failure& failure);
  bool leads_to(const Failure& failure, const Choices& choices);

  Runner& runner_;
  const ExploreOptions& options_;
  const std::int64_t until_;
  Profile profile_;
  Sampling sampling_;
  DepthFirst all_;
  Script script_;
  std::uint64_t tried_ = 0;  ///< by depth first
  std::uint64_t classes_ = 0;
  double interleavings_ = 0;
  bool complete_ = true;  ///< as far as depth first goes
  bool over_ = false;
  Exploration found_;
  std::optional<Found> race_;
};

}  // namespace detail::explorer
TWILL_END
