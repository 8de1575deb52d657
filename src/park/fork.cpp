#include <pthread.h>

#include "park/census.hpp"
#include "park/graph.hpp"
#include "park/node.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// The child of a fork has one thread; nobody waits, and a lock that another thread held stays held
/// by one who has vanished. The handlers of higher layers are registered later and so run after
/// this one.
void in_child() noexcept {
  buckets_after_fork();
  contexts_after_fork();
  census::after_fork();
  graph_after_fork();
}

[[gnu::constructor(101)]] void register_handler() noexcept {
  pthread_atfork(nullptr, nullptr, in_child);
}

}  // namespace
}  // namespace detail
TWILL_END
