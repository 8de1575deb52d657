#include "park/fork.hpp"

#include "park/census.hpp"
#include "park/context.hpp"
#include "park/graph.hpp"
#include "park/node.hpp"
#include "park/symbol.hpp"

TWILL_BEGIN
namespace detail {

void park_after_fork() noexcept {
  buckets_after_fork();
  contexts_after_fork();
  census::after_fork();
  graph_after_fork();
  symbols_after_fork();
}

}  // namespace detail
TWILL_END
