#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <twill/platform/prefetch.hpp>
#include <twill/queue/blocks.hpp>
#include <twill/queue/gate.hpp>
#include <twill/queue/patience.hpp>
#include <twill/queue/queue_base.hpp>

TWILL_BEGIN
namespace detail {

/// First in, first out, for items whose move does not throw: two ends, a gate at each (Michael and
/// Scott, "Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms",
/// 1996, the two-lock queue), over blocks of items. Producers only meet consumers in two counters:
/// each end remembers how far it may go, and looks at the other's counter only when it got there
/// (Lamport 1983; the remembering is Lee, Bu, Chandranmenon, "B-Queue", 2013).
///
/// A put takes effect at its store to puts_, a get at its store to gets_. An attempt that answers
/// "empty" saw, inside the gate, a puts_ equal to the number of gets: no put that was complete by
/// then is overlooked, whatever other producers are in the middle of.
///
/// Waiting. A getter waits in contend() under items_key(), where somebody else may take in its
/// name; a putter under slots_key(). Whoever stores a counter offers the other end's key
/// afterwards:
///
///     getter: looks: puts_ 7, gets 7      putter: puts_ = 8; reads the bell: silent
///     getter: arms the bell, barrier; looks again: 8; takes it
///
/// An attempt fails only for an empty (or full) queue, never for a gate that somebody is inside:
/// those who come to an occupied gate wait for it, without the door. So every failed attempt is
/// followed by an offer once it could succeed, and one key for each end is enough.
template <class T>
class GatedQueue : public QueueBase {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>);

  template <class Q, class U>
  friend class QueueFace;

  /// One try to take the next item.
  class Getting {
   public:
    TWILL_INLINE Getting(GatedQueue& queue, Patience patience, const void* site) {
      queue.observe_if_watched(TWILL_GET, site, patience);
      ending_ = queue.pull(item_);
      if (ending_ == Ending::late && !patience.none()) [[unlikely]]
        ending_ = queue.pull_later(item_, patience, site);
      if (ending_ == Ending::done) [[likely]]
        queue.offer_slots();
    }
    TWILL_INLINE ~Getting() {
      if (ending_ == Ending::done) std::destroy_at(&item_.value());
    }
    Getting(const Getting&) = delete;
    Getting& operator=(const Getting&) = delete;

    Ending ending() const noexcept { return ending_; }
    TWILL_INLINE T take() noexcept { return std::move(item_.value()); }
    TWILL_INLINE std::optional<T> take_optional() noexcept {
      return std::optional<T>(std::move(item_.value()));
    }

   private:
    friend class GatedQueue;
    /// Where an item can be.
    struct Room {
      alignas(T) std::byte bytes[sizeof(T)];
      T& value() noexcept { return *std::launder(reinterpret_cast<T*>(bytes)); }
    };
    Room item_;
    Ending ending_;
  };

  TWILL_INLINE Ending put_within(T& item, Patience patience, const void* site) {
    observe_if_watched(TWILL_PUT, site, patience);
    Ending ending = push(item);
    if (ending == Ending::late && !patience.none()) [[unlikely]]
      ending = push_later(item, patience, site);
    if (ending == Ending::done) [[likely]]
      offer(items_key());
    return ending;
  }

 protected:
  GatedQueue(const QueueKind& kind, QueueOptions options, std::source_location made)
      : QueueBase(kind, std::move(options), made) {
    if (bound() == kUnbounded) producers_.limit = kUnbounded;
  }
  ~GatedQueue() {
    const bool whole = producers_.gate.close() && consumers_.gate.close();
    for (Room room; whole && pull_inside(room) == Ending::done;) std::destroy_at(&room.value());
  }

  std::size_t size() const noexcept {
    const std::uint64_t gets = gets_.load(acquire);  // first: what has left was put before
    const std::uint64_t size = puts_.load(acquire) - gets;
    return static_cast<std::size_t>(std::min(size, bound()));
  }

  TWILL_INLINE void shut(bool immediate) noexcept { shut_at(immediate, here()); }

  void shut_at(bool immediate, const void* site) noexcept {
    observe_if_watched(TWILL_CHANGE, site);
    {
      const Gate::Visit visit(producers_.gate);
      producers_.limit = producers_.count;  // every put looks at shut_ from here on
      shut_.store(true, release);
    }
    if (immediate) drop_all();
    offer(items_key());  // who wakes, wakes the next
    offer(slots_key());
  }

  bool was_shut() const noexcept { return shut_.load(acquire); }

 private:
  using Room = typename Getting::Room;

  /// One end. All of it belongs to who is inside the gate.
  struct alignas(64) End {
    Gate gate;
    std::uint64_t count = 0;  ///< items that passed here; the same as the public counter
    std::uint64_t limit = 0;  ///< up to this count it can go on without a look at the other end
    T* at = nullptr;          ///< the next item's place
    T* end = nullptr;         ///< of its block
  };

  TWILL_INLINE Ending push(T& item, std::uint32_t me = self_id) noexcept {
    const Gate::Visit visit(producers_.gate);
    End& here = producers_;
    if (here.count == here.limit) [[unlikely]] {
      const Ending ending = look_for_slots();
      if (ending != Ending::done) return ending;
    }
    if (here.at == here.end) [[unlikely]]
      if (!next_block()) return Ending::no_memory;
    ::new (static_cast<void*>(here.at)) T(std::move(item));
    ++here.at;
    prefetch_to_write(here.at, 256);  // the consumers' core has it
    last_putter_.store(me, relaxed);
    puts_.store(++here.count, release);
    return Ending::done;
  }

  TWILL_INLINE Ending pull(Room& room, std::uint32_t me = self_id) noexcept {
    const Gate::Visit visit(consumers_.gate);
    return pull_inside(room, me);
  }

  TWILL_INLINE Ending pull_inside(Room& room, std::uint32_t me = self_id) noexcept {
    End& here = consumers_;
    if (here.count == here.limit) [[unlikely]] {
      const Ending ending = look_for_items();
      if (ending != Ending::done) return ending;
    }
    if (here.at == here.end) [[unlikely]]
      enter_block();
    ::new (static_cast<void*>(room.bytes)) T(std::move(*here.at));
    std::destroy_at(here.at);
    ++here.at;
    last_getter_.store(me, relaxed);
    gets_.store(++here.count, release);
    return Ending::done;
  }

  Ending look_for_slots() noexcept {
    End& here = producers_;
    if (shut_.load(relaxed)) return Ending::shut;
    here.limit = gets_.load(acquire) + bound();
    return here.count == here.limit ? Ending::late : Ending::done;
  }

  Ending look_for_items() noexcept {
    End& here = consumers_;
    const bool shut = shut_.load(acquire);  // first: then puts_ is final
    here.limit = puts_.load(acquire);
    if (here.count != here.limit) return Ending::done;
    return shut ? Ending::shut : Ending::late;
  }

  /// A ring in near_.
  bool is_small() const noexcept { return alignof(T) <= 8 && bound() <= kNear / sizeof(T); }
  void go_round(End& here) noexcept {
    here.at = reinterpret_cast<T*>(near_);
    here.end = here.at + bound();
  }

  TWILL_COLD bool next_block() noexcept {
    if (is_small()) return go_round(producers_), true;
    Block<T>* const block = blocks_.behind(producers_.count - gets_.load(relaxed), bound());
    if (block == nullptr) return false;
    producers_.at = block->begin();
    producers_.end = block->end();
    return true;
  }

  TWILL_COLD void enter_block() noexcept {
    if (is_small()) return go_round(consumers_);
    Block<T>* const block = blocks_.ahead();
    consumers_.at = block->begin();
    consumers_.end = block->end();
  }

  /// Takes items out like a getter, since their destructors may do anything.
  void drop_all() noexcept {
    std::uint64_t dropped = 0;
    for (Room room; pull(room) == Ending::done; ++dropped) std::destroy_at(&room.value());
    if (dropped != 0) discard(dropped);
  }

  TWILL_INLINE void offer_slots() noexcept { offer(slots_key()); }

  TWILL_COLD Ending push_later(T& item, Patience patience, const void* site) {
    gather_slots();
    Ending ending = push(item);
    if (ending != Ending::late) return ending;
    std::pair claim{[&, me = self_id]() noexcept {
                      if (is_full() && !was_shut()) return false;
                      ending = push(item, me);
                      return ending != Ending::late;
                    },
                    [&]() noexcept { return !is_full() || was_shut(); }};
    const Ending waited = await(slots_key(), claim_by(claim), patience.limits(), site);
    return waited == Ending::done ? ending : waited;
  }

  TWILL_COLD Ending pull_later(Room& room, Patience patience, const void* site) {
    gather_items();
    Ending ending = pull(room);
    if (ending != Ending::late) return ending;
    std::pair claim{[&, me = self_id]() noexcept {
                      if (is_empty() && !was_shut()) return false;
                      ending = pull(room, me);
                      return ending != Ending::late;
                    },
                    [&]() noexcept { return !is_empty() || was_shut(); }};
    const Ending waited = await(items_key(), claim_by(claim), patience.limits(), site);
    return waited == Ending::done ? ending : waited;
  }

  bool is_full() const noexcept { return puts_.load(relaxed) - gets_.load(relaxed) >= bound(); }
  bool is_empty() const noexcept { return puts_.load(relaxed) == gets_.load(relaxed); }

  End producers_;
  End consumers_;
  Blocks<T> blocks_;
};

}  // namespace detail
TWILL_END
