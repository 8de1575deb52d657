#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <twill/platform/model_atomic.hpp>

#include "model/explore.hpp"

TWILL_BEGIN
namespace model {

/// What happens before what (Lamport, "Time, Clocks, and the Ordering of Events", 1978; vector
/// clocks by Mattern, 1989): how much of each thread one knows of.
struct Clock {
  std::array<std::uint32_t, kMostThreads> known{};

  void learn(const Clock& other) noexcept {
    for (unsigned i = 0; i < kMostThreads; ++i)
      if (other.known[i] > known[i]) known[i] = other.known[i];
  }
  bool knows(const Clock& other) const noexcept {
    for (unsigned i = 0; i < kMostThreads; ++i)
      if (other.known[i] > known[i]) return false;
    return true;
  }
};

/// What is known of one atomic variable.
struct Location {
  void* address = nullptr;
  unsigned size = 0;

  // Of the whole exploration: threads, as bits, that read and wrote it while others ran. Nobody can
  // tell when what only one thread sees happens, so it is no point to change threads at. What turns
  // out to be shared is one from the next search on: within a search the points stay the same.
  std::uint8_t readers = 0;
  std::uint8_t writers = 0;
  bool shared = false;

  // Of the execution of this number.
  unsigned long execution = 0;
  enum : std::uint8_t { global, local, dead } life = global;
  Clock released;  ///< what an acquire load of the value in memory learns
};

/// All atomic variables that were touched; what was global is put back after each execution.
class Locations {
 public:
  /// Forgets everything but the globals that were declared.
  void begin_exploration();
  void begin_execution() noexcept;
  void end_execution() noexcept;

  Location& touch(Cell cell);
  void created(Cell cell) { find(cell).life = Location::local; }
  void destroyed(Cell cell) { find(cell).life = Location::dead; }

  /// Makes points of all locations that turned out to be shared; false if none did.
  bool begin_search() noexcept;

  /// `thread` reads or writes while others run.
  void used_by(Location& location, unsigned thread, bool writes) noexcept;

  void declare_global(void* begin, std::size_t stride, std::size_t count, const char* name,
                      std::vector<Field> fields);
  void name(const void* begin, std::size_t size, const char* name);
  std::string name_of(const void* address);

 private:
  static constexpr std::size_t kCapacity = std::size_t{1} << 13;

  struct Global {
    char* begin;
    std::size_t stride;
    std::size_t count;
    const char* name;
    std::vector<Field> fields;
    std::vector<unsigned long> saved;  ///< in which execution each element was saved last
  };
  struct Named {
    const char* begin;
    std::size_t size;
    const char* name;
  };
  struct Saved {
    void* address;
    std::size_t size;
    std::size_t at;
  };

  Location& find(Cell cell);
  void save(Cell cell);
  void save(void* address, std::size_t size);

  std::vector<Location> table_ = std::vector<Location>(kCapacity);
  std::size_t used_ = 0;
  unsigned long execution_ = 0;
  std::vector<Location*> found_shared_;
  std::vector<Global> globals_;
  std::vector<Named> named_;
  std::map<const void*, std::string> anonymous_;
  std::vector<Saved> saved_;
  std::vector<char> bytes_;
};

}  // namespace model
TWILL_END
