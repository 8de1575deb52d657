#include "park/node.hpp"

TWILL_BEGIN
namespace detail {

Bucket buckets[std::size_t{1} << kBucketBits];

namespace {

/// The pointer that holds the first waiter of `key`, or the null at the end.
Node** place_of(Bucket& bucket, const void* key) noexcept {
  Node** place = &bucket.keys;
  while (*place != nullptr && (*place)->key != key) place = &(*place)->next_key;
  return place;
}

}  // namespace

Node* first_waiter(Bucket& bucket, const void* key) noexcept { return *place_of(bucket, key); }

void link(Bucket& bucket, Node& node) noexcept {
  Node** place = place_of(bucket, node.key);
  node.linked = true;
  node.ticket = ++bucket.tickets;
  node.next = nullptr;
  if (node.state != Node::State::plain)
    bucket.contenders.store(bucket.contenders.load(relaxed) + 1, relaxed);
  if (*place == nullptr) {
    node.prev = node.next_key = nullptr;
    node.last = &node;
    *place = &node;
    return;
  }
  Node& first = **place;
  node.prev = first.last;
  first.last->next = &node;
  first.last = &node;
}

namespace {

/// Puts `node` before the first waiter of its key.
void link_first(Bucket& bucket, Node& node) noexcept {
  Node** place = place_of(bucket, node.key);
  Node* second = *place;
  if (second == nullptr) return link(bucket, node);
  node.linked = true;
  node.ticket = second->ticket;
  node.prev = nullptr;
  node.next = second;
  node.last = second->last;
  node.next_key = second->next_key;
  second->prev = &node;
  *place = &node;
}

}  // namespace

bool enlist_spinner(Node& node, const void* key, Wait& wait) noexcept {
  if (node.key != nullptr) return true;
  Bucket& bucket = bucket_of(key);
  const WordLock::Guard guard(bucket.lock);
  if (!wait.renew()) return false;
  node.stand_for(wait, key);
  link_first(bucket, node);
  return true;
}

void unlink(Bucket& bucket, Node& node) noexcept {
  node.linked = false;
  if (node.state != Node::State::plain)
    bucket.contenders.store(bucket.contenders.load(relaxed) - 1, relaxed);
  if (node.prev != nullptr) {
    node.prev->next = node.next;
    if (node.next != nullptr)
      node.next->prev = node.prev;
    else
      first_waiter(bucket, node.key)->last = node.prev;
    return;
  }
  Node** place = place_of(bucket, node.key);
  if (node.next == nullptr) {
    *place = node.next_key;
    return;
  }
  Node& heir = *node.next;
  heir.prev = nullptr;
  heir.last = node.last;
  heir.next_key = node.next_key;
  *place = &heir;
}

void delist(Node& node) noexcept {
  if (node.key == nullptr) return;
  Bucket& bucket = bucket_of(node.key);
  const WordLock::Guard guard(bucket.lock);
  if (node.linked) unlink(bucket, node);
}

std::uint64_t notify(const void* key, std::uint64_t n, void (*before)(void*) noexcept,
                     void* data) noexcept {
  Bucket& bucket = bucket_of(key);
  std::uint64_t ended = 0;
  std::uint32_t last_ticket = 0;
  WakeList wakes;
  for (bool first = true, more = true; more; first = false) {
    {
      const WordLock::Guard guard(bucket.lock);
      if (first) {
        if (before != nullptr) before(data);
        last_ticket = bucket.tickets;
      }
      Node* node = nullptr;
      const auto is_meant = [&] {
        node = first_waiter(bucket, key);
        return node != nullptr && ended < n &&
               static_cast<std::int32_t>(node->ticket - last_ticket) <= 0;
      };
      while (is_meant() && !wakes.full()) {
        bool must_wake = false;
        Context& context = *node->context;
        unlink(bucket, *node);
        if (!claim_current(context, Outcome::ready, must_wake)) continue;
        ++ended;
        if (must_wake) wakes.add(context);
      }
      more = is_meant();
    }
    wakes.wake_all();
  }
  return ended;
}

bool has_waiters(const void* key) noexcept {
  Bucket& bucket = bucket_of(key);
  const WordLock::Guard guard(bucket.lock);
  return first_waiter(bucket, key) != nullptr;
}

void buckets_after_fork() noexcept {
  for (Bucket& bucket : buckets) {
    bucket.keys = nullptr;
    bucket.contenders.store(0, relaxed);
    bucket.established = false;
    bucket.bell.store(0, relaxed);
    bucket.lock.store(0, relaxed);
  }
}

}  // namespace detail
TWILL_END
