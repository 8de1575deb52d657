#include "tools/explore/runner.hpp"

TWILL_BEGIN
namespace detail::explorer {

const Result& HereRunner::run(Strategy& strategy, bool tell, Learner& learner) {
  const Outcome& outcome = engine_.run(body_, strategy, tell);
  learner.learn(strategy, outcome);
  result_.failure = outcome.failure;
  result_.race = outcome.race;
  result_.choices = outcome.choices;
  result_.was_free = outcome.was_free;
  result_.trace = &outcome.trace;
  if (tell) result_.table = table_of(outcome.rows, outcome.names);
  return result_;
}

}  // namespace detail::explorer
TWILL_END
