#pragma once

#include <concepts>
#include <cstddef>
#include <new>
#include <source_location>
#include <utility>

#include <twill/mp/guarding.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/shared_memory.hpp>
#include <twill/sync/hold.hpp>

TWILL_BEGIN
namespace mp {

/// One flat T that processes share, without a lock (Python's multiprocessing.RawValue). Make it
/// before the fork (or pass it: start_method.hpp). Accesses are not synchronised.
template <class T>
class RawValue {
  static_assert(is_flat<T>, "only values without pointers and padding can lie in shared memory");

 public:
  explicit RawValue(const T& value = T()) : memory_(sizeof(T)) {
    ::new (memory_.buf().data()) T(value);
  }

  T& operator*() noexcept { return *get(); }
  T* operator->() noexcept { return get(); }
  T* get() noexcept { return std::launder(reinterpret_cast<T*>(memory_.buf().data())); }

 private:
  friend struct detail::Offering;
  explicit RawValue(detail::Arrival& from) : memory_(detail::arrived(from, sizeof(T))) {}
  void offer(detail::Offer& to) const { detail::Offering::add(memory_, to); }

  SharedMemory memory_;
};

/// One flat T that processes share, with its lock (Python's multiprocessing.Value). Make it before
/// the fork. Each get() and set() is locked; for more than one access at a time:
///
///     twill::mp::Value<int> count;
///     { twill::Hold hold(count);  ++*count.get_obj(); }
///
/// The lock is an RLock of its own, or one that is given and lives longer; who holds one that is
/// not recursive uses get_obj(). Throws what its lock() throws: OwnerDied if a process was killed
/// amid an access.
template <class T, class L = RLock>
class Value : public detail::Guarding<L> {
 public:
  explicit Value(const T& value = T(), std::source_location made = std::source_location::current())
    requires std::same_as<L, RLock>
      : detail::Guarding<L>(made), value_(value) {}
  Value(const T& value, L& lock) : detail::Guarding<L>(lock), value_(value) {}

  T get() {
    const Hold hold(this->get_lock());
    return *value_;
  }
  void set(const T& value) {
    const Hold hold(this->get_lock());
    *value_ = value;
  }

  /// The bare object. Not locked.
  T* get_obj() noexcept { return value_.get(); }

 private:
  friend struct detail::Offering;
  explicit Value(detail::Arrival& from)
      : detail::Guarding<L>(from), value_(std::move(*detail::Offering::make<RawValue<T>>(from))) {}
  void offer(detail::Offer& to) const
    requires detail::Offering::can<L>
  {
    detail::Guarding<L>::offer(to);
    detail::Offering::add(value_, to);
  }

  RawValue<T> value_;
};

}  // namespace mp
TWILL_END
