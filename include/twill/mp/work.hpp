#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/crossing.hpp>
#include <twill/mp/failure.hpp>
#include <twill/mp/serialize.hpp>

TWILL_BEGIN
namespace mp::detail {

struct Desk;

/// In front of each answer is a word: its size, or one of these and its size.
inline constexpr std::uint32_t kFailed = 0x8000'0000;   ///< it is a Failure
inline constexpr std::uint32_t kSpilled = 0x4000'0000;  ///< it comes apart, for want of room
inline constexpr std::uint32_t kAnswerSize = 0x3fff'ffff;

/// In a worker: calls to be made, one after the other, and the place for their answers.
class TWILL_API Work {
 public:
  Work(std::span<const std::byte> calls, std::uint32_t count, Desk& desk) noexcept
      : in_(calls, "calls"), count_(count), desk_(desk) {}

  /// Where the calls are read from.
  Reader& in() noexcept { return in_; }
  /// Begins the next call; false if there is none left, or no room for its answer.
  bool begin() noexcept;
  /// Ends it.
  template <class R>
  void answer(const R& value) {
    const std::size_t size = encoded_size(value);
    Writer out(room_for(size), size);
    out.write(value);
    finish();
  }
  void answer();
  void fail(const std::exception_ptr& thrown);
  /// There is no telling where the next call begins.
  void give_up() noexcept { count_ = done_; }
  /// Of the last call, whose answer comes apart and cannot: that failed.
  void fail_last(const std::exception_ptr& thrown);

  /// The last answer, if there was no room for it.
  std::span<const std::byte> spilled() const noexcept { return spilled_; }
  std::uint32_t done() const noexcept { return done_; }

 private:
  std::byte* room_for(std::size_t size, std::uint32_t flags = 0);
  void finish() noexcept;

  Reader in_;
  std::uint32_t count_;
  Desk& desk_;
  std::uint32_t done_ = 0;
  std::size_t last_ = 0;  ///< of the desk, for answers but the last
  std::size_t used_ = 0;  ///< of the desk, for answers
  std::size_t next_ = 0;  ///< the same, once the call is done
  std::vector<std::byte> spilled_;
};

/// What a worker is told to do: to make calls of an F.
using MakeCalls = void (*)(Work& work);

template <class F, class... Args>
void make_call(Work& work, F& f) {
  bool is_read = false;
  try {
    std::tuple<Args...> args{read_part<Args>(work.in())...};  // from left to right
    is_read = true;
    const auto call = [&](auto&... each) -> decltype(auto) { return f(std::move(each)...); };
    if constexpr (std::is_void_v<std::invoke_result_t<F&, Args...>>) {
      std::apply(call, args);
      work.answer();
    } else {
      work.answer(std::apply(call, args));
    }
  } catch (...) {
    if (std::current_exception() == nullptr) throw;  // pthread_exit()
    work.fail(std::current_exception());
    if (!is_read) work.give_up();
  }
}

template <class F, class... Args>
void make_calls(Work& work) {
  F f = read_part<F>(work.in());
  while (work.begin()) make_call<F, Args...>(work, f);
}

/// A worker's answers to some of the calls that it was given, in their order. What is in them is
/// not trusted.
class TWILL_API Answers {
 public:
  Answers() = default;
  Answers(std::vector<std::byte> bytes, std::vector<std::byte> spilled, std::uint32_t count)
      : bytes_(std::move(bytes)), spilled_(std::move(spilled)), count_(count) {}

  std::uint32_t count() const noexcept { return count_; }
  /// Why there is none to the call that comes next, which was begun; null if none was.
  std::exception_ptr lost = nullptr;

  /// The next one; throws what the call threw, or DecodeError.
  template <class R>
  R take() {
    const std::span<const std::byte> bytes = next();
    if constexpr (std::is_void_v<R>)
      static_cast<void>(bytes);
    else
      return decode<R>(bytes);
  }

 private:
  /// Throws the failure.
  std::span<const std::byte> next();

  std::vector<std::byte> bytes_;
  std::vector<std::byte> spilled_;
  std::uint32_t count_ = 0;
  std::size_t read_ = 0;
};

}  // namespace mp::detail
TWILL_END
