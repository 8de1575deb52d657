#include "platform/at_fork.hpp"

#include <cstdlib>
#include <pthread.h>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {
namespace {

struct Handlers {
  ForkHandler before, in_parent, in_child;
};

constexpr int kMost = 16;
constinit Handlers all[kMost]{};
constinit atomic<int> count{0};  ///< read by processes of one thread

void call(ForkHandler handler) noexcept {
  if (handler != nullptr) handler();
}

}  // namespace

void at_fork(ForkHandler before, ForkHandler in_parent, ForkHandler in_child) noexcept {
  const int place = count.fetch_add(1, relaxed);
  if (place >= kMost || pthread_atfork(before, in_parent, in_child) != 0) std::abort();
  all[place] = {before, in_parent, in_child};
}

void run_before_fork() noexcept {
  for (int i = count.load(relaxed) - 1; i >= 0; --i) call(all[i].before);
}

void run_in_parent_of_fork() noexcept {
  for (int i = 0; i < count.load(relaxed); ++i) call(all[i].in_parent);
}

void run_in_child_of_fork() noexcept {
  for (int i = 0; i < count.load(relaxed); ++i) call(all[i].in_child);
}

}  // namespace detail
TWILL_END
