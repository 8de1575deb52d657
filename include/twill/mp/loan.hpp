#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <twill/mp/queue_core.hpp>
#include <twill/mp/serialize.hpp>

TWILL_BEGIN
namespace mp {

/// What can be made and read where it lies in a queue's memory: its bytes are all of it, and they
/// need not lie at more than a multiple of 8.
template <class T>
concept Lendable = is_flat<T> && std::default_initializable<T> &&
                   std::is_nothrow_default_constructible_v<T> && alignof(T) <= 8;

/// Room for one item in a queue's memory, by Queue::loan(); the item is made there, and no byte of
/// it is copied.
///
///     auto frame = queue.loan();
///     camera.shoot(frame->pixels);
///     frame.put();
///
/// While the loan is out, this thread alone puts: the others wait. If it ends otherwise than by
/// put(), or its process is killed, nothing was put. By the thread that took it. Empty (false)
/// after a try_loan() in vain, a move, and put().
template <class T>
class Loan {
  static_assert(Lendable<T>);

 public:
  Loan() noexcept = default;
  Loan(Loan&& other) noexcept
      : queue_(std::exchange(other.queue_, nullptr)), item_(std::exchange(other.item_, nullptr)) {}
  Loan& operator=(Loan&& other) noexcept {
    Loan(std::move(other)).swap(*this);
    return *this;
  }
  ~Loan() {
    if (queue_ != nullptr) queue_->give_up_loan();
  }

  explicit operator bool() const noexcept { return item_ != nullptr; }
  /// The item, as T's default initialisation leaves it.
  T& operator*() const noexcept { return *item_; }
  T* operator->() const noexcept { return item_; }

  /// The item is there for all processes; as Queue::put(). Never blocks. ValueError if the loan is
  /// empty or this process has closed the queue, ShutDown if it was shut down meanwhile,
  /// RuntimeError by another thread.
  void put() {
    if (queue_ == nullptr) throw ValueError("put() of a loan that is empty: it was put already");
    queue_->put_loan(sizeof(T));
    queue_ = nullptr;
    item_ = nullptr;
  }

 private:
  template <Sendable U>
  friend class Queue;
  Loan(detail::QueueCore& queue, std::byte* room) noexcept
      : queue_(&queue), item_(::new(static_cast<void*>(room)) T) {}

  void swap(Loan& other) noexcept {
    std::swap(queue_, other.queue_);
    std::swap(item_, other.item_);
  }

  detail::QueueCore* queue_ = nullptr;
  T* item_ = nullptr;
};

/// The first item of a queue, where it lies, by Queue::borrow(). It leaves the queue when this
/// ends.
///
///     const auto frame = queue.borrow();
///     screen.show(frame->pixels);
///
/// While it is borrowed, this thread alone gets: the others wait. If its process is killed, the
/// item is still the first. Who puts into the queue could write there even now: where such a
/// process is not trusted, copy what is checked. By the thread that took it. Empty (false) after a
/// try_borrow() in vain and a move.
template <class T>
class Borrowed {
  static_assert(Lendable<T>);

 public:
  Borrowed() noexcept = default;
  Borrowed(Borrowed&& other) noexcept
      : queue_(std::exchange(other.queue_, nullptr)), lent_(std::exchange(other.lent_, {})) {}
  Borrowed& operator=(Borrowed&& other) noexcept {
    Borrowed(std::move(other)).swap(*this);
    return *this;
  }
  ~Borrowed() {
    if (queue_ != nullptr) queue_->end_borrowing(lent_);
  }

  explicit operator bool() const noexcept { return queue_ != nullptr; }
  T& operator*() const noexcept { return *item(); }
  T* operator->() const noexcept { return item(); }

 private:
  template <Sendable U>
  friend class Queue;
  Borrowed(detail::QueueCore& queue, const detail::Lent& lent) noexcept
      : queue_(&queue), lent_(lent) {}

  T* item() const noexcept {
    void* const place = lent_.bytes.data();
    return std::launder(static_cast<T*>(place));
  }
  void swap(Borrowed& other) noexcept {
    std::swap(queue_, other.queue_);
    std::swap(lent_, other.lent_);
  }

  detail::QueueCore* queue_ = nullptr;
  detail::Lent lent_;
};

}  // namespace mp
TWILL_END
