#pragma once

#include <functional>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <utility>

#include "team.hpp"

/// Processes that start together, and what they share.
namespace bench {

/// A T in memory that children of a fork share with their parent.
template <class T>
class InSharedMemory {
 public:
  template <class... Args>
  explicit InSharedMemory(Args&&... args) {
    void* const memory =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    verify(memory != MAP_FAILED, "there is no shared memory");
    value_ = new (memory) T(std::forward<Args>(args)...);
  }
  ~InSharedMemory() {
    std::destroy_at(value_);
    munmap(value_, sizeof(T));
  }
  InSharedMemory(const InSharedMemory&) = delete;
  InSharedMemory& operator=(const InSharedMemory&) = delete;

  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }

 private:
  T* value_;
};

/// team(), of processes.
double crowd(
    Place place, unsigned count, const std::function<void(unsigned)>& body,
    const std::function<unsigned(unsigned)>& group = [](unsigned i) { return i % 2; });

}  // namespace bench
