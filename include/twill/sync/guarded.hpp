#pragma once

#include <utility>

#include <twill/sync/lock.hpp>

TWILL_BEGIN

/// Data that can be reached only while its lock is held.
///
///     twill::Guarded<std::map<Name, int>> accounts;
///     accounts.lock()->insert({"ebay", 10000});
///     int total = accounts.with([](auto& all) { return sum(all); });
///
/// Fairness, memory ordering and errors as Lock: who comes twice in one thread gets DeadlockError.
/// Any thread may call anything.
template <class T>
class Guarded {
 public:
  /// The way to the data, for a scope. The lock is held until it ends.
  class [[nodiscard]] Access {
   public:
    T& operator*() const noexcept { return owner_.value_; }
    T* operator->() const noexcept { return &owner_.value_; }
    ~Access() TWILL_NO_THREAD_SAFETY_ANALYSIS { owner_.lock_.unlock(); }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

   private:
    friend Guarded;
    explicit TWILL_INLINE Access(Guarded& owner) TWILL_NO_THREAD_SAFETY_ANALYSIS : owner_(owner) {
      owner_.lock_.lock();
    }
    Guarded& owner_;
  };

  template <class... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  /// Blocks until the data is free. Throws what Lock::lock() throws.
  TWILL_INLINE Access lock() { return Access(*this); }

  /// Calls `use` with the data under the lock, and answers or throws what it does. Blocks and
  /// throws as lock().
  template <class Use>
  TWILL_INLINE decltype(auto) with(Use&& use) {
    const Access access = lock();
    return std::forward<Use>(use)(*access);
  }

 private:
  Lock lock_;
  T value_;
};

TWILL_END
