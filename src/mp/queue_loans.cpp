#include <twill/mp/decode_error.hpp>

#include "mp/queue_inside.hpp"

TWILL_BEGIN
namespace mp::detail {

std::byte* QueueCore::lend(std::size_t size, Patience patience, const void* site, Ending& ending) {
  need_room_for(size, site);
  std::byte* room = nullptr;
  const auto attempt = [&] {
    if (is_shutdown()) return Ending::shut;
    room = room_inside(size);
    return room != nullptr ? Ending::done : Ending::late;
  };
  ending = work_at(memory_->shared->putting, patience, site, attempt, true);
  return ending == Ending::done ? room : nullptr;
}

void QueueCore::put_loan(std::size_t size) {
  Shared& shared = *memory_->shared;
  const Subject about = subject(nullptr);
  if (!shared.putting.lock.is_mine())
    throw RuntimeError("put() of a loan of " + about.describe() +
                       " by another thread than the one that took it");
  need_open(about);
  if (is_shutdown()) throw_put(Ending::shut, nullptr);
  memory_->ring.put(size);
  shared.putting.lock.drop();
  shared.getting.news.tell();
}

void QueueCore::give_up_loan() noexcept {
  RobustLock& lock = memory_->shared->putting.lock;
  if (lock.is_mine()) lock.drop();
}

Ending QueueCore::borrow(std::size_t size, Lent& lent, Patience patience, const void* site) {
  const auto attempt = [&] {
    const auto first = memory_->ring.first();
    if (!first) return is_shutdown() ? Ending::shut : Ending::late;
    if (first->bytes.size() != size) {
      memory_->ring.drop(*first);
      throw DecodeError("an item of " + std::to_string(first->bytes.size()) + " bytes in " +
                        subject(site).describe() + ", where all have " + std::to_string(size));
    }
    lent = {first->bytes, first->after};
    return Ending::done;
  };
  return work_at(memory_->shared->getting, patience, site, attempt, true);
}

void QueueCore::end_borrowing(const Lent& lent) noexcept {
  Shared& shared = *memory_->shared;
  if (!shared.getting.lock.is_mine()) return;
  memory_->ring.drop({lent.bytes, lent.after});
  shared.getting.lock.drop();
  shared.putting.news.tell();
}

}  // namespace mp::detail
TWILL_END
