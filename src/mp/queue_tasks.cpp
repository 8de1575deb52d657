#include "mp/queue_inside.hpp"

TWILL_BEGIN
namespace mp::detail {

// The ring counts what was put, in the word that puts it. So whoever is killed in put() or
// task_done() has changed the difference by one or by nothing.
std::uint32_t QueueCore::unfinished() const noexcept {
  const std::uint32_t done = memory_->shared->done.load();
  return memory_->ring.puts() - done;
}

bool QueueCore::finish_one() noexcept {
  Shared& shared = *memory_->shared;
  std::uint32_t done = shared.done.load();
  do
    if (done == memory_->ring.puts()) return false;
  while (!shared.done.compare_exchange_weak(done, done + 1));
  if (unfinished() == 0) shared.all_done.tell();
  return true;
}

void QueueCore::task_done(const void* site) {
  need_open(subject(site));
  if (!finish_one())
    throw ValueError("task_done() of " + subject(site).describe() +
                     " more often than items were put");
}

bool QueueCore::join_within(Patience patience, const void* site) const {
  const Subject about = subject(site);
  need_open(about);
  if (unfinished() == 0) return true;
  const Limits limits = patience.limits();
  News& all_done = memory_->shared->all_done;
  SharedWait wait(*static_cast<Block*>(handle_.block()), about, limits, all_done.habit);
  for (;;) {
    const std::uint32_t seen = all_done.listen();
    need_open(about);
    if (unfinished() == 0) return true;
    const Woken woken = wait.sleep(all_done.word, seen);
    if (woken != Woken::look) return succeeded(woken, about);
  }
}

}  // namespace mp::detail
TWILL_END
