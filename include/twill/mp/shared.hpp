#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <source_location>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/rwlock.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/shared_heap.hpp>
#include <twill/mp/shared_memory.hpp>
#include <twill/mp/shared_string.hpp>

TWILL_BEGIN
namespace mp {
namespace detail {

/// How a T lies in shared memory: with all it has there.
template <class T>
struct Inside {
  static_assert(is_flat<T> && alignof(T) <= 16,
                "shared containers hold flat values, std::string, std::vector, std::map and "
                "std::pair of such; a class with a string inside would leave it in one process");
  using Type = T;
};
template <class T>
using InsideOf = typename Inside<T>::Type;

template <>
struct Inside<std::string> {
  using Type = SharedString;
};
template <class T>
struct Inside<std::vector<T>> {
  using Type = std::pmr::vector<InsideOf<T>>;
};
template <class K, class V>
struct Inside<std::pair<K, V>> {
  using Type = std::pair<InsideOf<K>, InsideOf<V>>;
};
template <class K, class V>
struct Inside<std::map<K, V>> {
  using Type = std::pmr::map<InsideOf<K>, InsideOf<V>, std::less<>>;
};

}  // namespace detail

/// A container that a process and its children share (what Python's Manager().list() and dict()
/// are for), without a server: it lies in memory of a fixed size, behind a lock. Make it before the
/// fork.
///
///     twill::mp::SharedMap<std::string, int> stock(1 << 20);  // bytes
///     stock.with([](auto& all) { all["pears"] += 3; });
///     int pears = stock.read([](const auto& all) { return all.at("pears"); });
///     stock.lock()->erase("pears");
///
/// C is a std::vector, std::map or std::string; its elements are flat values, or again such, or
/// pairs of them. Inside it is the same container of the standard with its own memory
/// (std::pmr::vector, std::pmr::map, SharedString): copies of it and of what is in it are ordinary
/// ones; do not move or swap anything out. All memory is reserved when it is made. When it is full,
/// whatever needs more throws MemoryError, and the container is what the standard says it is after
/// that: for one more element, as it was.
///
/// One writes, or many read. A reader that is killed leaves nothing; after a writer, who comes next
/// gets OwnerDied, and starts anew:
///
///     catch (mp::OwnerDied& dead) { stock.renew();  dead.recovered(); }
///
/// Blocking, fairness and errors as RWLock. Any thread may call anything; the handle itself is not
/// to be copied or moved.
template <class C>
class Shared {
  static_assert(!is_flat<C>, "for one flat value there is mp::Value");

  template <class T, template <class> class Guard>
  class [[nodiscard]] Way {
   public:
    T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return value_; }
    /// Whether it is locked: always, but by the ones that try.
    explicit operator bool() const noexcept { return hold_.owns_lock(); }

   private:
    friend Shared;
    Way() = default;
    Way(RWLock& taken, T* value) : hold_(taken, std::adopt_lock), value_(value) {}
    Guard<RWLock> hold_;
    T* value_ = nullptr;
  };

 public:
  using Type = detail::InsideOf<C>;
  /// The way to the container, for a scope. Where it tests false, to nothing.
  using Access = Way<Type, std::unique_lock>;
  using ReadAccess = Way<const Type, std::shared_lock>;

  /// An empty one, with so many bytes for all that will be in it. ValueError for too few, OSError
  /// if there are not so many.
  explicit Shared(std::size_t bytes, std::source_location made = std::source_location::current())
      : Shared(bytes, {}, made) {}
  Shared(std::size_t bytes, RWLockOptions options,
         std::source_location made = std::source_location::current())
      : memory_(bytes), lock_(std::move(options), made) {
    renew();
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  /// Locked for writing until the answer goes. Blocks and throws as RWLock::lock().
  Access lock() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock_.lock();
    return to_write(true);
  }
  /// lock() that throws CancelledError if stop was requested first.
  Access lock(const std::stop_token& stop) TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock_.lock(stop);
    return to_write(true);
  }
  /// Locked for writing if nobody holds it; else the answer tests false. Never blocks.
  ///
  ///     if (auto stock = shared.try_lock_for(1s)) stock->erase("pears");
  Access try_lock() { return to_write(lock_.try_lock()); }
  /// lock() with a limit: the answer tests false if the time came first.
  Access try_lock_for(Timeout timeout) { return to_write(lock_.try_lock_for(timeout)); }
  template <class K, class D>
  Access try_lock_until(std::chrono::time_point<K, D> at) {
    return try_lock_for(twill::detail::time_until(at));
  }

  /// Locked for reading until the answer goes. Blocks and throws as RWLock::lock_shared().
  ReadAccess lock_shared() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock_.lock_shared();
    return to_read(true);
  }
  /// lock_shared() that throws CancelledError if stop was requested first.
  ReadAccess lock_shared(const std::stop_token& stop) TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock_.lock_shared(stop);
    return to_read(true);
  }
  /// Locked for reading if no writer holds it or waits; else the answer tests false. Never blocks.
  ReadAccess try_lock_shared() { return to_read(lock_.try_lock_shared()); }
  /// lock_shared() with a limit: the answer tests false if the time came first.
  ReadAccess try_lock_shared_for(Timeout timeout) {
    return to_read(lock_.try_lock_shared_for(timeout));
  }
  template <class K, class D>
  ReadAccess try_lock_shared_until(std::chrono::time_point<K, D> at) {
    return try_lock_shared_for(twill::detail::time_until(at));
  }

  /// Calls `use` with the container, alone, and answers a copy of what it does. For a limit or a
  /// stop_token, take the lock by the above, and use what they answer.
  template <class Use>
  auto with(Use&& use) {
    const Access access = lock();
    return std::forward<Use>(use)(*access);
  }
  /// Calls `use` with the container, beside other readers, and answers a copy of what it does.
  template <class Use>
  auto read(Use&& use) {
    const ReadAccess access = lock_shared();
    return std::forward<Use>(use)(*access);
  }
  /// A copy in memory of this process.
  Type copy() {
    return read([](const Type& all) { return all; });
  }

  /// Makes it empty whatever is in it, also something torn. By who holds it for writing.
  void renew() {
    heap_ = ::new (memory_.buf().data()) detail::SharedHeap(memory_.buf());
    value_ = std::pmr::polymorphic_allocator<>(heap_).new_object<Type>();
  }

  /// Bytes that are free, not all in one piece; each piece costs 16 more.
  std::size_t left() {
    const std::shared_lock hold(lock_);
    return heap_->left();
  }
  /// What lock() and lock_shared() lock: for its name, or to hold it round more than one call of
  /// yours. Who holds it already cannot call them.
  RWLock& get_lock() noexcept { return lock_; }

 private:
  // value_ is read once the lock is held: who renews it sets it.
  Access to_write(bool locked) noexcept { return locked ? Access(lock_, value_) : Access(); }
  ReadAccess to_read(bool locked) noexcept {
    return locked ? ReadAccess(lock_, value_) : ReadAccess();
  }

  SharedMemory memory_;
  detail::SharedHeap* heap_ = nullptr;  ///< the same in all processes
  Type* value_ = nullptr;               ///< likewise: after a renewal, too
  RWLock lock_;
};

template <class T>
using SharedVector = Shared<std::vector<T>>;
template <class K, class V>
using SharedMap = Shared<std::map<K, V>>;

}  // namespace mp
TWILL_END
