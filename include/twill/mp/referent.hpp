#pragma once

#include <cstdint>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <twill/mp/type_name.hpp>
#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>
#include <twill/queue/simple_queue.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/bounded_semaphore.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/guarded.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

TWILL_BEGIN
namespace mp {

/// True for types of yours whose objects a manager's server is to call from several threads at a
/// time, because they lock what they have themselves, or wait for each other's calls.
template <class T>
inline constexpr bool locks_itself = false;

template <>
inline constexpr bool locks_itself<Lock> = true;
template <>
inline constexpr bool locks_itself<Semaphore> = true;
template <>
inline constexpr bool locks_itself<BoundedSemaphore> = true;
template <>
inline constexpr bool locks_itself<Event> = true;
template <>
inline constexpr bool locks_itself<Barrier> = true;
template <>
inline constexpr bool locks_itself<Condition> = true;
template <class T>
inline constexpr bool locks_itself<Guarded<T>> = true;
template <class T>
inline constexpr bool locks_itself<Queue<T>> = true;
template <class T>
inline constexpr bool locks_itself<SimpleQueue<T>> = true;
template <class... Ts>
inline constexpr bool locks_itself<LifoQueue<Ts...>> = true;
template <class... Ts>
inline constexpr bool locks_itself<PriorityQueue<Ts...>> = true;

namespace detail {

/// A number for a type or a call, of its name as the linker has it: as a compiler spells them for
/// people, `Event` and `twill::Event` may be the same. All programs have the same number. But what
/// a program may have twice under one name (lambdas, what is in a function or an unnamed namespace,
/// as `spelled` shows) has its place in the program mixed in, so no other program has it.
TWILL_API std::uint64_t key_of(const std::type_info& type, std::string_view spelled,
                               std::uint64_t sizes, void (*place)());

template <class T>
void anchor() {}

template <class T>
std::uint64_t type_key() {
  static const std::uint64_t key = key_of(typeid(T), type_name<T>(), sizeof(T), &anchor<T>);
  return key;
}

/// An object of a manager's server.
class TWILL_API Referent {
 public:
  Referent(std::uint64_t type, std::string_view type_name) noexcept
      : type_(type), type_name_(type_name) {}
  virtual ~Referent();
  Referent(const Referent&) = delete;
  Referent& operator=(const Referent&) = delete;

  std::uint64_t type() const noexcept { return type_; }
  std::string_view type_name() const noexcept { return type_name_; }
  std::uint64_t id = 0;  ///< once it is in the table

 private:
  const std::uint64_t type_;
  const std::string_view type_name_;
};

/// One call at a time, unless T locks itself. An RLock: what an object calls may call it again.
template <class T>
class Kept final : public Referent {
  struct NoLock {};

 public:
  template <class... Args>
  explicit Kept(Args&&... args)
      : Referent(type_key<T>(), detail::type_name<T>()), value_(std::forward<Args>(args)...) {}

  /// CancelledError, and no call, if `gone` is asked to stop before it is its turn.
  template <class Use>
  auto with(const std::stop_token& gone, const Use& use) {
    if constexpr (locks_itself<T>) {
      return use(value_);
    } else {
      const Hold hold(lock_, gone);
      return use(value_);
    }
  }

 private:
  [[no_unique_address]] std::conditional_t<locks_itself<T>, NoLock, RLock> lock_;
  T value_;
};

}  // namespace detail
}  // namespace mp
TWILL_END
