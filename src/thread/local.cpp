#include <twill/thread/local_key.hpp>

#include <algorithm>
#include <cxxabi.h>
#include <utility>
#include <vector>

#include "park/context.hpp"
#include "thread/local.hpp"
#include "thread/locks.hpp"

extern "C" void* __dso_handle __attribute__((visibility("hidden")));

TWILL_BEGIN
namespace detail {

namespace {

constinit LocalTable nothing;  // of all who have no values

}  // namespace

constinit thread_local LocalTable* local_table = &nothing;

namespace {

using Guard = WordLock::Guard;

constexpr std::uint32_t kNone = ~0u;

std::uint64_t last_serial = 0;
std::uint32_t free_index = kNone;

/// For each index that was ever in use: the next free one, while it is free. Never destroyed, since
/// a static Local may be destroyed after it.
std::vector<std::uint32_t>& indices() {
  static auto& all = *new std::vector<std::uint32_t>;
  return all;
}

void attach(LocalValue& value, LocalValue*& first) noexcept {
  value.next = first;
  value.place = &first;
  if (first != nullptr) first->place = &value.next;
  first = &value;
}

std::unique_ptr<LocalValue> detach(LocalValue& value) noexcept {
  *value.place = value.next;
  if (value.next != nullptr) value.next->place = value.place;
  value.table->slots[value.index].value = nullptr;
  return std::unique_ptr<LocalValue>(&value);
}

/// Takes out the calling thread's value at `index`; null if there is none.
std::unique_ptr<LocalValue> take(std::uint32_t index) noexcept {
  LocalSlot& slot = local_table->slots[index];
  slot.serial = 0;
  const Guard guard(locks::locals);
  return slot.value != nullptr ? detach(*slot.value) : nullptr;
}

void sweep(void*) noexcept { end_locals(); }

/// The first table of a thread of the kernel goes with it; whoever ends another kind of context
/// calls end_locals().
void make_table() {
  local_table = new LocalTable;
  if (self_context().kind.load(relaxed) == &thread_kind)
    abi::__cxa_thread_atexit(sweep, nullptr, &__dso_handle);
}

void grow(std::uint32_t size) {
  std::unique_ptr<LocalSlot[]> slots(new LocalSlot[size]);
  if (local_table == &nothing) make_table();
  LocalTable& table = *local_table;
  const Guard guard(locks::locals);  // the end of a Local writes to the tables of all threads
  std::copy_n(table.slots, table.size, slots.get());
  delete[] std::exchange(table.slots, slots.release());
  table.size = size;
}

}  // namespace

LocalTable* no_locals() noexcept { return &nothing; }

void end_locals() noexcept {
  for (bool found = true; found;) {
    found = false;
    for (std::uint32_t i = 0; i < local_table->size; ++i)
      if (take(i) != nullptr) found = true;
  }
  if (local_table == &nothing) return;
  delete[] local_table->slots;
  delete std::exchange(local_table, &nothing);
}

LocalKey::LocalKey() {
  const Guard guard(locks::locals);
  serial_ = ++last_serial;
  index_ = free_index;
  if (index_ != kNone) {
    free_index = indices()[index_];
  } else {
    index_ = static_cast<std::uint32_t>(indices().size());
    indices().push_back(kNone);
  }
}

LocalKey::~LocalKey() {
  erase();
  for (;;) {
    std::unique_ptr<LocalValue> value;  // destroyed after the lock
    const Guard guard(locks::locals);
    if (first_ == nullptr) break;
    value = detach(*first_);
  }
  const Guard guard(locks::locals);
  indices()[index_] = free_index;
  free_index = index_;
}

void LocalKey::insert(std::unique_ptr<LocalValue> value, void* object) {
  if (index_ >= local_table->size) grow(std::max(2 * local_table->size, index_ + 4));
  LocalTable& table = *local_table;
  value->table = &table;
  value->index = index_;
  const Guard guard(locks::locals);
  attach(*value, first_);
  table.slots[index_] = {serial_, object, value.release()};
}

void LocalKey::erase() noexcept {
  if (find() != nullptr) take(index_);
}

}  // namespace detail
TWILL_END
