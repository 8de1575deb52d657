#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <twill/mp/sendable.hpp>
#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp {

/// Pointers and containers inside each other may be this deep, in what is sent and in what arrives:
/// a list of nodes that own the next one is refused, a tree is not.
inline constexpr unsigned kMaxDepth = 256;

namespace detail {

[[noreturn]] TWILL_API TWILL_COLD void throw_too_deep();
[[noreturn]] TWILL_API TWILL_COLD void throw_no_room();

/// Counts the bytes.
class Counting {
 public:
  void put(const void*, std::size_t size) noexcept { size_ += size; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_ = 0;
};

/// Writes the bytes to memory.
class Copying {
 public:
  Copying(std::byte* begin, std::size_t size) noexcept : at_(begin), end_(begin + size) {}

  void put(const void* from, std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - at_)) [[unlikely]]
      throw_no_room();
    if (size != 0) std::memcpy(at_, from, size);
    at_ += size;
  }
  std::byte* at() const noexcept { return at_; }

 private:
  std::byte* at_;
  std::byte* end_;
};

}  // namespace detail

/// What Codec<T>::encode writes to. By one thread at a time.
template <class Sink>
class BasicWriter : public Sink {
 public:
  using Sink::Sink;

  /// Writes `value`; Reader::read<T>() gets it back. Throws ValueError if it is nested too deep.
  template <class T>
  void write(const T& value) {
    if constexpr (detail::HasCodec<T>)
      Codec<T>::encode(*this, value);
    else if constexpr (is_flat<T>)
      this->put(&value, sizeof value);
    else if constexpr (detail::own_refusal<T>() == detail::Refusal::none)
      detail::with_fields(value, [&]<class... Fs>(const auto&... each) { (write(each), ...); });
    else
      detail::explain<T>();
  }

  /// Writes `count` values that lie side by side, without their number.
  template <class T>
    requires is_flat<T>
  void write_block(const T* first, std::size_t count) {
    this->put(first, count * sizeof(T));
  }

  /// Writes what Reader::read_count() reads.
  void write_count(std::size_t count) { write(static_cast<std::uint64_t>(count)); }

  /// While it lives, what is written lies one level deeper.
  class Level {
   public:
    explicit Level(BasicWriter& writer) : writer_(writer) {
      if (writer.depth_ == kMaxDepth) [[unlikely]]
        detail::throw_too_deep();
      ++writer.depth_;
    }
    ~Level() { --writer_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    BasicWriter& writer_;
  };

 private:
  unsigned depth_ = 0;
};

using Sizer = BasicWriter<detail::Counting>;
using Writer = BasicWriter<detail::Copying>;

}  // namespace mp
TWILL_END
