#pragma once

#include <cstddef>
#include <new>
#include <source_location>

#include <twill/mp/rlock.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/shared_memory.hpp>
#include <twill/sync/hold.hpp>

TWILL_BEGIN
namespace mp {

/// One flat T that processes share, with its lock (Python's multiprocessing.Value). Make it before
/// the fork. Each get() and set() is locked; for more than one access at a time:
///
///     twill::mp::Value<int> count;
///     { twill::Hold hold(count);  ++*count.get_obj(); }
///
/// Throws what RLock::lock() throws: OwnerDied if a process was killed amid an access.
template <class T>
class Value {
  static_assert(is_flat<T>, "only values without pointers and padding can lie in shared memory");

 public:
  explicit Value(const T& value = T(), std::source_location made = std::source_location::current())
      : memory_(sizeof(T)), lock_(made) {
    ::new (memory_.buf().data()) T(value);
  }

  T get() {
    const Hold hold(lock_);
    return *get_obj();
  }
  void set(const T& value) {
    const Hold hold(lock_);
    *get_obj() = value;
  }

  /// The bare object. Not locked.
  T* get_obj() noexcept { return std::launder(reinterpret_cast<T*>(memory_.buf().data())); }
  RLock& get_lock() noexcept { return lock_; }

  /// Those of the lock, for scope guards.
  void lock() TWILL_NO_THREAD_SAFETY_ANALYSIS { lock_.lock(); }
  bool try_lock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS { return lock_.try_lock(); }
  void unlock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS { lock_.unlock(); }

 private:
  SharedMemory memory_;
  RLock lock_;
};

}  // namespace mp
TWILL_END
