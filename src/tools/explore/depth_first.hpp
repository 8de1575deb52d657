#pragma once

#include <memory_resource>
#include <vector>

#include "tools/explore/strategy.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// Every interleaving, depth first; of those that differ only in the order of steps which do not
/// notice each other, one.
///
/// After an execution, each pair of steps of two tasks that conflict, that nothing else orders and
/// that were possible the other way round, is a race to be reversed: before the first of the two,
/// some task shall run from which the second can follow (Flanagan and Godefroid, "Dynamic
/// Partial-Order Reduction for Model Checking Software", 2005; who has to be added, if anybody, is
/// the source set of Abdulla et al., "Optimal Dynamic Partial Order Reduction", 2014). A task whose
/// next step was explored already, and that nothing since has taken notice of, sleeps (Godefroid,
/// "Partial-Order Methods", 1996), so that no class of interleavings comes twice.
class DepthFirst final : public Strategy {
 public:
  enum class Reduce : bool { no, yes };
  /// What has to be kept from one execution to the next is in `memory`.
  explicit DepthFirst(Reduce reduce = Reduce::yes,
                      std::pmr::memory_resource* memory = std::pmr::new_delete_resource())
      : reduces_(reduce == Reduce::yes),
        path_(memory),
        last_on_object_(memory),
        last_of_task_(kMostTasks, kNone, memory) {}

  bool next() override;
  std::size_t choose(std::span<const Option> options, const Trace& trace) override;
  void learn(const Trace& trace) override;

  /// The last execution was one that had been explored already, as far as it matters.
  bool was_redundant() const noexcept { return redundant_; }
  /// The program did not go the way it had gone before.
  bool was_surprised() const noexcept { return surprised_; }

  /// How many interleavings the last execution stands for, itself among them; 0: too many to count.
  double interleavings(const Trace& trace) const;
  /// Equal for executions that differ only in the order of steps that do not notice each other.
  std::uint64_t fingerprint(const Trace& trace) const;

 private:
  using Tasks = std::uint32_t;  ///< a bit each
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// The state before a step, and the step.
  struct Node {
    Tasks could = 0;   ///< go on
    Tasks shall = 0;   ///< be explored from here
    Tasks done = 0;    ///< was
    Tasks asleep = 0;  ///< was, elsewhere
    std::uint8_t task = 0;
    std::uint8_t way = 0;  ///< the step: the index among the task's options
    std::uint8_t ways = 1;
    Effect pending[kMostTasks];  ///< what those who could would have done

    // Known once the execution is over.
    std::uint32_t task_before = kNone;    ///< the same task's step before
    std::uint32_t object_before = kNone;  ///< the step before on the same object
    Effect effect;
    Clock clock;  ///< of what happened before, and itself
  };

  static Tasks bit(unsigned task) noexcept { return Tasks{1} << task; }
  void add_node(std::span<const Option> options, const Trace& trace);
  static Tasks sleepers_after(const Node& node, const Step& step) noexcept;
  void order(std::uint32_t at, const Trace& trace);
  void order_no_more(std::uint32_t from);
  Clock clock_before(std::uint32_t at, const Trace& trace) const;
  void find_races(std::uint32_t at, const Clock& before);
  static void find_timeouts(Node& node) noexcept;
  bool can_swap(std::uint32_t first, std::uint32_t second) const noexcept;
  void reverse(std::uint32_t first, std::uint32_t second, const Clock& before);
  Tasks who_leads_to(std::uint32_t second, const Clock& before, std::uint32_t without) const;
  bool is_before(std::uint32_t earlier, const Clock& clock) const noexcept {
    return earlier < clock.at[path_[earlier].task];
  }
  std::vector<std::vector<std::uint32_t>> needs(const Trace& trace) const;

  const bool reduces_;
  std::pmr::vector<Node> path_;
  std::uint32_t ordered_ = 0;  ///< so many of its nodes have their clocks
  std::pmr::vector<std::uint32_t> last_on_object_;
  std::pmr::vector<std::uint32_t> last_of_task_;
  unsigned tasks_ = 1;
  bool begun_ = false;
  bool redundant_ = false;
  bool surprised_ = false;
};

}  // namespace detail::explorer
TWILL_END
