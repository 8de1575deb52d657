#pragma once

#include <optional>
#include <string>

#include "tools/explore/depth_first.hpp"
#include "tools/explore/engine.hpp"
#include "tools/explore/sampling.hpp"
#include "tools/explore/script.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// The search of one explore().
class Search {
 public:
  Search(const std::function<void()>& body, const ExploreOptions& options);

  /// The one execution.
  Exploration replay();
  /// The first that fails.
  Exploration find();

 private:
  /// An execution that failed, and how to get there.
  struct Found {
    Failure failure;
    Replay way;
  };

  bool may_go_on() const;
  const Outcome& run(Strategy& strategy, bool tell = false);
  bool is_deterministic();
  void sample(std::uint64_t until);
  void try_all(std::uint64_t until);
  void finish();
  bool failed(const Outcome& outcome, const Sampling* sampling);
  void report(Found found);
  Choices shortened(Choices choices, const Failure& failure);
  bool leads_to(const Failure& failure, const Choices& choices);

  const ExploreOptions& options_;
  const std::int64_t until_;
  Engine engine_;
  Profile profile_;
  Sampling sampling_;
  DepthFirst all_;
  std::uint64_t tried_ = 0;  ///< by depth first
  std::uint64_t classes_ = 0;
  bool fair_ = false;
  Exploration found_;
  std::optional<Found> race_;
  bool over_ = false;
};

}  // namespace detail::explorer
TWILL_END
