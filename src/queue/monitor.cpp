#include <twill/queue/monitor.hpp>

TWILL_BEGIN
namespace detail {

/// One who wants in.
struct Monitor::Entry {
  Monitor& monitor;
  What what;
  bool once;  ///< waits for the lock, but not for an item or for room
  Ending ending = Ending::late;
};

bool Monitor::promising(const Entry& entry) const noexcept {
  const std::uint64_t word = word_.load(relaxed);
  switch (entry.what) {
    case kPut:
      return (word & kShut) != 0 || (has_room(word) ? (word & kHeld) == 0 : entry.once);
    case kGet:
      return has_item(word) ? (word & kHeld) == 0 : (word & kShut) != 0 || entry.once;
    default:
      return (word & kHeld) == 0;
  }
}

/// True if the entry is decided, one way or the other.
bool Monitor::attempt(Entry& entry) noexcept {
  std::uint64_t word = word_.load(acquire);
  for (;;) {
    if (entry.what == kPut && (word & kShut) != 0) {
      entry.ending = Ending::shut;
      return true;
    }
    const bool possible = entry.what == kPut   ? has_room(word)
                          : entry.what == kGet ? has_item(word)
                                               : true;
    if (!possible && (word & kShut) != 0) {  // for good: there are no puts any more
      entry.ending = Ending::shut;
      return true;
    }
    if (!possible) return entry.once;  // late
    if ((word & kHeld) != 0) return false;
    if (word_.compare_exchange_weak(word, word | kHeld, acquire, acquire)) {
      entry.ending = Ending::done;
      return true;
    }
  }
}

const void* Monitor::key_of(What what) const noexcept {
  switch (what) {
    case kPut:
      return slots_key();
    case kGet:
      return items_key();
    default:
      return lock_key();
  }
}

Ending Monitor::enter_slow(What what, Patience patience, const void* site) {
  if (owner_.load(relaxed) == self())
    throw RuntimeError(subject(site).describe() +
                       " is used from inside itself: by a comparison, a move or a discipline");
  Entry entry{*this, what, patience.none()};
  if (!attempt(entry)) {
    Claim claim{[](void* e) noexcept {
                  return static_cast<Entry*>(e)->monitor.attempt(*static_cast<Entry*>(e));
                },
                [](void* e) noexcept {
                  return static_cast<Entry*>(e)->monitor.promising(*static_cast<Entry*>(e));
                },
                &entry};
    claim.exclusive = true;
    const Ending waited =
        await(key_of(what), claim, entry.once ? Limits{} : patience.limits(), site);
    if (waited != Ending::done) return waited;
  }
  if (entry.ending == Ending::done) owner_.store(self(), relaxed);
  return entry.ending;
}

void Monitor::enter(const void* site) { enter_slow(kAnyway, {}, site); }

void Monitor::leave_shut(std::uint64_t size) noexcept {
  shut_.store(true, relaxed);
  word_.store(word_.load(relaxed) | kShut, relaxed);
  leave(size);
}

}  // namespace detail
TWILL_END
