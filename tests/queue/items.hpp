#pragma once

#include <atomic>
#include <compare>
#include <stdexcept>

namespace items {

/// Counts what is alive; its move never throws.
struct Counted {
  static inline std::atomic<int> alive{0};

  explicit Counted(int v = 0) noexcept : value(v) { ++alive; }
  Counted(const Counted& other) noexcept : value(other.value) { ++alive; }
  Counted(Counted&& other) noexcept : value(other.value) {
    other.value = -1;
    ++alive;
  }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&& other) noexcept {
    value = other.value;
    other.value = -1;
    return *this;
  }
  ~Counted() { --alive; }
  friend auto operator<=>(const Counted& a, const Counted& b) { return a.value <=> b.value; }
  friend bool operator==(const Counted& a, const Counted& b) { return a.value == b.value; }

  int value;
};

/// Its moves and comparisons throw when told to, before they do anything. Move-only.
struct Fragile {
  static inline std::atomic<int> alive{0};
  static inline std::atomic<int> moves_left{-1};  ///< the one after so many throws; -1: none
  static inline std::atomic<int> comparisons_left{-1};

  struct Broken : std::runtime_error {
    Broken() : std::runtime_error("broken") {}
  };

  Fragile(int v) : value(v) { ++alive; }
  Fragile(Fragile&& other) : value((spend(moves_left), other.value)) {
    other.value = -1;
    ++alive;
  }
  Fragile& operator=(Fragile&& other) {
    spend(moves_left);
    value = other.value;
    other.value = -1;
    return *this;
  }
  ~Fragile() { --alive; }
  friend bool operator<(const Fragile& a, const Fragile& b) {
    spend(comparisons_left);
    return a.value < b.value;
  }

  static void spend(std::atomic<int>& left) {
    if (left.load() < 0) return;
    if (left.fetch_sub(1) == 0) throw Broken();
  }

  int value;
};

inline int value_of(int item) { return item; }
inline int value_of(const Counted& item) { return item.value; }
inline int value_of(const Fragile& item) { return item.value; }

}  // namespace items
