#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp::detail {

/// What a process that is started, and is no fork, needs to have an object that its parent shares:
/// in the order in which the object's parts were made.
struct Offer {
  std::vector<std::uint32_t> blocks;  ///< by their index in the arena
  std::vector<std::int32_t> files;    ///< descriptors of memory
  std::vector<std::int64_t> numbers;
  std::vector<std::string> names;
};

/// An offer in the process that takes it up: each member answers the next of its kind. All are
/// checked, and throw DecodeError.
class TWILL_API Arrival {
 public:
  explicit Arrival(Offer& offer) noexcept : offer_(offer) {}
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  /// Of that kind, and this process is one of its users.
  void* block(std::uint32_t kind);
  /// A descriptor of memory of that size, which is the caller's from here on.
  int file(std::size_t bytes);
  /// From `least` to `most`.
  std::int64_t number(std::int64_t least, std::int64_t most);
  std::string name();
  /// Throws if what came cannot be so.
  static void need(bool true_of_any);

 private:
  Offer& offer_;
  std::size_t blocks_ = 0, files_ = 0, numbers_ = 0, names_ = 0;
};

/// The next that this process was offered. Throws DecodeError if there is none.
TWILL_API Offer& next_offer();
/// Does nothing; the object lives for as long as the process.
TWILL_API void keep(void* object);

/// The friend of all classes whose objects can be offered: those have a member offer(Offer&), and a
/// constructor of an Arrival.
struct Offering {
  template <class T>
  static constexpr bool can =
      std::is_class_v<T> && requires(const T& object, Offer& offer, Arrival& arrival) {
        object.offer(offer);
        new T(arrival);
      };

  template <class T>
  static Offer of(const T& object) {
    Offer offer;
    object.offer(offer);
    return offer;
  }
  template <class T>
  static void add(const T& object, Offer& offer) {
    object.offer(offer);
  }
  template <class T>
  static std::unique_ptr<T> make(Arrival& arrival) {
    return std::unique_ptr<T>(new T(arrival));
  }
  template <class T>
  static T& take() {
    Arrival arrival(next_offer());
    T* const object = make<T>(arrival).release();
    keep(const_cast<std::remove_const_t<T>*>(object));
    return *object;
  }
};

/// A reference to an object that processes share.
template <class T>
inline constexpr bool kOffered = false;
template <class T>
inline constexpr bool kOffered<std::reference_wrapper<T>> = Offering::can<T>;

}  // namespace mp::detail
TWILL_END
