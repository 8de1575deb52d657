#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// The atomics of the model build. Outside an exploration they are std::atomic; inside one, each
/// operation goes through an engine that decides who goes on and when a store becomes visible (see
/// src/model/explore.hpp).
namespace model {

static_assert(std::endian::native == std::endian::little, "a value's bits begin at its address");

/// One atomic variable, as the engine sees it: at most 8 bytes.
struct Cell {
  void* address;
  unsigned size;
};

/// How a read-modify-write makes the new value out of the old one.
enum class Change : std::uint8_t { exchange, add, subtract, bit_or, bit_and };

/// Whether the caller runs inside an exploration.
extern TWILL_API constinit bool exploring;

TWILL_API std::uint64_t load(Cell cell, std::memory_order order) noexcept;
TWILL_API void store(Cell cell, std::uint64_t value, std::memory_order order) noexcept;
TWILL_API std::uint64_t modify(Cell cell, Change change, std::uint64_t operand,
                               std::memory_order order) noexcept;
TWILL_API bool compare_exchange(Cell cell, std::uint64_t& expected, std::uint64_t desired,
                                std::memory_order success, std::memory_order failure) noexcept;

/// A cell begins or ends to exist: an access after its end is found.
TWILL_API void created(Cell cell) noexcept;
TWILL_API void destroyed(Cell cell) noexcept;

template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));
  static constexpr auto kSeqCst = std::memory_order_seq_cst;

 public:
  using value_type = T;

  constexpr atomic() noexcept(std::is_nothrow_default_constructible_v<T>) : atomic(T()) {}
  constexpr atomic(T initial) noexcept : value_(initial) {
    if (!std::is_constant_evaluated() && exploring) created(cell());
  }
  constexpr ~atomic() {
    if (!std::is_constant_evaluated() && exploring) destroyed(cell());
  }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order = kSeqCst) const noexcept {
    return exploring ? value(model::load(cell(), order)) : value_.load(order);
  }
  void store(T desired, std::memory_order order = kSeqCst) noexcept {
    if (exploring)
      model::store(cell(), bits(desired), order);
    else
      value_.store(desired, order);
  }
  T exchange(T desired, std::memory_order order = kSeqCst) noexcept {
    return exploring ? value(modify(cell(), Change::exchange, bits(desired), order))
                     : value_.exchange(desired, order);
  }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) noexcept {
    if (!exploring) return value_.compare_exchange_strong(expected, desired, success, failure);
    std::uint64_t seen = bits(expected);
    if (model::compare_exchange(cell(), seen, bits(desired), success, failure)) return true;
    expected = value(seen);
    return false;
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order = kSeqCst) noexcept {
    return compare_exchange_strong(expected, desired, order, on_failure(order));
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order = kSeqCst) noexcept {
    return compare_exchange_strong(expected, desired, order);
  }

  T fetch_add(T operand, std::memory_order order = kSeqCst) noexcept {
    return exploring ? value(modify(cell(), Change::add, bits(operand), order))
                     : value_.fetch_add(operand, order);
  }
  T fetch_sub(T operand, std::memory_order order = kSeqCst) noexcept {
    return exploring ? value(modify(cell(), Change::subtract, bits(operand), order))
                     : value_.fetch_sub(operand, order);
  }
  T fetch_or(T operand, std::memory_order order = kSeqCst) noexcept {
    return exploring ? value(modify(cell(), Change::bit_or, bits(operand), order))
                     : value_.fetch_or(operand, order);
  }
  T fetch_and(T operand, std::memory_order order = kSeqCst) noexcept {
    return exploring ? value(modify(cell(), Change::bit_and, bits(operand), order))
                     : value_.fetch_and(operand, order);
  }

 private:
  static std::uint64_t bits(T value) noexcept {
    std::uint64_t all = 0;
    std::memcpy(&all, &value, sizeof value);
    return all;
  }
  static T value(std::uint64_t all) noexcept {
    T result;
    std::memcpy(&result, &all, sizeof result);
    return result;
  }
  static constexpr std::memory_order on_failure(std::memory_order order) noexcept {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }
  constexpr Cell cell() const noexcept { return {const_cast<std::atomic<T>*>(&value_), sizeof(T)}; }

  std::atomic<T> value_;
};

}  // namespace model
TWILL_END
