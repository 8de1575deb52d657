#include "platform/robust.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// What the kernel walks: the addresses of the `next` of each entry; the last leads back here.
/// Before it lies what an entry has before its `next`.
struct List {
  void* prev;
  void* first;
  long word_from_next;
  void* volatile pending;  ///< the entry that is being taken or dropped
};
constexpr long kWordFromNext = -static_cast<long>(offsetof(RobustEntry, next));

constinit thread_local List* known_list = nullptr;
constinit thread_local std::uint32_t known_id = 0;
constinit thread_local List unheard{};  ///< where the kernel has no list

List* find_list() noexcept {
  char* head = nullptr;
  std::size_t size = 0;
  if (syscall(SYS_get_robust_list, 0, &head, &size) == 0 && head != nullptr &&
      size == sizeof(List) - offsetof(List, first)) {
    auto* const list = reinterpret_cast<List*>(head - offsetof(List, first));
    if (list->word_from_next == kWordFromNext) return list;
  }
  if (unheard.first == nullptr) unheard.first = &unheard.first;
  return &unheard;
}

List& list() noexcept {
  if (known_list == nullptr) known_list = find_list();
  return *known_list;
}

/// The kernel reads the list between any two instructions, never beside them.
void in_this_order() noexcept { asm volatile("" ::: "memory"); }

/// A pointer to `next`, whose lowest bit is pthread's (priority inheritance), as the link it is in.
void** prev_of(void* next) noexcept {
  return reinterpret_cast<void**>((reinterpret_cast<std::uintptr_t>(next) & ~std::uintptr_t{1})) -
         1;
}

void link(List& l, RobustEntry& entry) noexcept {
  *prev_of(l.first) = &entry.prev;
  entry.next = l.first;
  entry.prev = &l.prev;
  in_this_order();
  l.first = &entry.next;
}

void unlink(RobustEntry& entry) noexcept {
  *prev_of(entry.next) = entry.prev;
  static_cast<void**>(entry.prev)[1] = entry.next;
}

}  // namespace

std::uint32_t robust_id() noexcept {
  if (known_id == 0) known_id = static_cast<std::uint32_t>(native_thread_id());
  return known_id;
}

bool robust_works() noexcept { return &list() != &unheard; }

// 1. A makes the word its own.  2. A is killed before it links the entry: nobody hears of it.
// So the entry is announced first; what is announced and not A's, the kernel leaves alone.
bool robust_take(RobustEntry& entry, std::uint32_t expected, std::uint32_t desired) noexcept {
  List& l = list();
  l.pending = &entry.next;
  in_this_order();
  const bool taken = entry.word.compare_exchange_strong(
      expected, desired, std::memory_order_acquire, std::memory_order_relaxed);
  if (taken) link(l, entry);
  in_this_order();
  l.pending = nullptr;
  return taken;
}

// 1. A stores 0.  2. B takes the entry and links it.  3. A unlinks it: B's list is torn.
// So A unlinks first, and is announced meanwhile, since it may die between.
int robust_drop(RobustEntry& entry, std::uint32_t keep, std::uint32_t put) noexcept {
  List& l = list();
  l.pending = &entry.next;
  in_this_order();
  unlink(entry);
  in_this_order();
  std::uint32_t word = entry.word.load(std::memory_order_relaxed);
  while (!entry.word.compare_exchange_weak(word, (word & keep) | put, std::memory_order_release,
                                           std::memory_order_relaxed)) {
  }
  int woken = 0;
  if ((word & RobustEntry::kWaiters) != 0) [[unlikely]]
    woken = shared_wake(entry.word, 1);
  in_this_order();
  l.pending = nullptr;
  return woken;
}

void robust_after_fork() noexcept { known_id = 0; }

void robust_after_clone() noexcept {
  List& l = list();
  l.prev = &l.first;
  l.first = &l.first;
  l.pending = nullptr;
  if (&l != &unheard) syscall(SYS_set_robust_list, &l.first, sizeof(List) - offsetof(List, first));
}

}  // namespace detail
TWILL_END
