#pragma once

#include <deque>
#include <functional>
#include <map>

#include "model/locations.hpp"

TWILL_BEGIN
namespace model {

/// Memory with store buffers, and the happens-before relation beside it.
class Machine {
 public:
  /// Asked how many of `count` stores to one location, on their way in another thread's buffer, an
  /// access overlooks.
  using Overlook = std::function<unsigned(unsigned count)>;

  explicit Machine(Overlook overlook) : overlook_(std::move(overlook)) {}

  void begin_execution() noexcept;

  /// The value of the thread's own newest store on its way to `location`, if there is one.
  bool forwarded(unsigned thread, const Location& location, std::uint64_t& value) const noexcept;

  std::uint64_t load(unsigned thread, Location& location, std::memory_order order);
  void buffer(unsigned thread, Location& location, std::uint64_t value, std::memory_order order);

  /// A read-modify-write's two halves; the thread's buffer is drained.
  std::uint64_t read(unsigned thread, Location& location);
  void write(unsigned thread, Location& location, std::uint64_t value, std::memory_order order,
             bool continues_release);
  void acquired(unsigned thread, const Location& location, std::memory_order order) noexcept;

  /// Lets all stores of the thread out.
  void drain(unsigned thread);
  /// Forgets the thread's stores to `location`; answers whether another thread has some on the way.
  bool forget(unsigned thread, const Location& location) noexcept;

  /// What `before` has done happens before what `after` does from now on.
  void order(unsigned before, unsigned after) noexcept;

  /// False if the access is not ordered with all conflicting ones.
  bool plain_read(unsigned thread, const void* address);
  bool plain_write(unsigned thread, const void* address);

 private:
  struct Pending {
    Location* location;
    std::uint64_t value;
    Clock clock;
  };

  struct Accesses {
    Clock writes;
    Clock reads;
  };

  void settle(unsigned thread, const Location& location);
  void let_out(unsigned thread);
  Clock publish(unsigned thread, std::memory_order order) noexcept;

  Overlook overlook_;
  std::deque<Pending> buffers_[kMostThreads];
  bool draining_[kMostThreads]{};
  Clock clocks_[kMostThreads];
  std::map<const void*, Accesses> plain_;
};

}  // namespace model
TWILL_END
