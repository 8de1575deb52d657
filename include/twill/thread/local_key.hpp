#pragma once

#include <cstdint>
#include <memory>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

struct LocalTable;

/// The value of one Local in one thread.
struct TWILL_API LocalValue {
  virtual ~LocalValue() = default;

  LocalTable* table = nullptr;   ///< of the thread that it belongs to
  std::uint32_t index = 0;       ///< its place there
  LocalValue* next = nullptr;    ///< the same Local's value in another thread
  LocalValue** place = nullptr;  ///< the pointer that points here
};

struct LocalSlot {
  std::uint64_t serial = 0;     ///< which Local the slot is of; never used twice
  void* object = nullptr;       ///< the user's part of the value
  LocalValue* value = nullptr;  ///< null once the Local is gone; guarded by the lock of local.cpp
};

/// The values of one thread. Only that thread reads or writes `serial` and `object`.
struct LocalTable {
  LocalSlot* slots = nullptr;
  std::uint32_t size = 0;
};

/// The calling context's. Whoever switches contexts on a thread switches this.
extern TWILL_API constinit thread_local LocalTable* local_table
    __attribute__((tls_model("initial-exec")));

/// What is left of a Local when the type of its values is taken away: a place in the tables of all
/// threads, which later Locals use again.
class TWILL_API LocalKey {
 public:
  LocalKey();
  ~LocalKey();
  LocalKey(const LocalKey&) = delete;
  LocalKey& operator=(const LocalKey&) = delete;

  /// The calling thread's object, or null.
  void* find() const noexcept {
    const LocalTable& table = *local_table;
    if (index_ >= table.size || table.slots[index_].serial != serial_) return nullptr;
    return table.slots[index_].object;
  }
  void insert(std::unique_ptr<LocalValue> value, void* object);
  void erase() noexcept;

 private:
  std::uint32_t index_;
  std::uint64_t serial_;
  LocalValue* first_ = nullptr;
};

}  // namespace detail
TWILL_END
