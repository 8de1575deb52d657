#pragma once

#include <cstddef>
#include <deque>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/queue/blocks.hpp>

TWILL_BEGIN
namespace detail {

template <class T>
inline constexpr bool kMovesSafely =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

/// Gives memory back once three quarters of it lie idle.
template <class Container>
void shrink(Container& container) noexcept {
  constexpr std::size_t kWorthwhile = 4096;
  if (container.capacity() < kWorthwhile || container.size() > container.capacity() / 4) return;
  try {
    Container smaller;
    smaller.reserve(container.size() * 2);
    for (auto& item : container) smaller.push_back(std::move(item));
    container.swap(smaller);
  } catch (...) {  // no memory: it stays as it is
  }
}

/// First in, first out.
template <class T>
class Fifo {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T pop() {
    T item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

 private:
  std::deque<T> items_;
};

/// Last in, first out. A vector moves its items when it grows; where that may throw, a deque, which
/// never does.
template <class T>
class Stack {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T pop() {
    T item(std::move(items_.back()));
    items_.pop_back();
    if constexpr (kMovesSafely<T>) shrink(items_);
    return item;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

 private:
  std::conditional_t<kMovesSafely<T>, std::vector<T, BlockAllocator<T>>, std::deque<T>> items_;
};

}  // namespace detail
TWILL_END
