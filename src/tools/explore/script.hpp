#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <twill/tools/explore.hpp>

#include "tools/explore/strategy.hpp"

TWILL_BEGIN
namespace detail::explorer {

using Choices = std::vector<std::uint8_t>;

/// What was chosen before, where there was a choice; after that, the default.
class Script final : public Strategy {
 public:
  explicit Script(Choices choices = {}) : choices_(std::move(choices)) {}

  bool next() override { return at_ = 0, fits_ = true; }
  std::size_t choose(std::span<const Option> options, const Trace& trace) override;
  void learn(const Trace&) override {}

  /// Whether every choice could be made.
  bool fits() const noexcept { return fits_; }

 private:
  Choices choices_;
  std::size_t at_ = 0;
  bool fits_ = true;
};

/// What an execution by chance comes from, once the profile is complete.
struct Sample {
  static constexpr std::uint64_t kSeeds = std::uint64_t{1} << 50;

  SearchBy by = SearchBy::random_walk;
  bool everywhere = true;  ///< each use of a Shared is a point to change threads at
  std::uint64_t seed = 0;  ///< below kSeeds
};

/// What replays an execution: "1.0.0.1", its choices without the zeros at the end and with "~12"
/// for twelve zeros; or "p04k2m9x0qa", a sample: its method, in capitals if everywhere, and its
/// seed. Then "/k7", digits by which a changed program is found out.
struct Replay {
  Choices choices = {};
  std::optional<Sample> sample = {};
  std::string digits = {};

  std::string text() const;
  /// ValueError for what is no such text.
  static Replay parse(const std::string& text);
};

/// A hash of a trace, step by step, from 0 on.
std::uint64_t digest(std::uint64_t before, const Step& step) noexcept;
/// Two digits of it.
std::string digits_of(std::uint64_t digest);
std::uint64_t digest_of(std::span<const Step> steps) noexcept;

}  // namespace detail::explorer
TWILL_END
