#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/serialize.hpp>
#include <twill/mp/start_method.hpp>

TWILL_BEGIN
namespace mp::detail {

/// A function's place, in words for another process of the same program.
TWILL_API std::vector<std::byte> bytes_of_function(void (*function)());
/// Throws DecodeError.
TWILL_API void (*function_of_bytes(const std::vector<std::byte>& bytes))();

template <class F>
concept FunctionPointer = std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;

/// A callable without a state: any other object of the type is the same.
template <class F>
concept Stateless = std::is_empty_v<F> && std::default_initializable<F>;

/// A callable of a tuple, which crosses as the callable does.
template <class F>
struct Spread {
  F f;
  template <class Tuple>
    requires requires(F& g, Tuple&& t) { std::apply(g, std::forward<Tuple>(t)); }
  decltype(auto) operator()(Tuple&& tuple) {
    return std::apply(f, std::forward<Tuple>(tuple));
  }
};

template <class T>
inline constexpr bool kSpread = false;
template <class F>
inline constexpr bool kSpread<Spread<F>> = true;

/// One part of a call, which is the callable or an argument.
template <class T>
concept Portable = FunctionPointer<T> || Stateless<T> || Sendable<T>;

/// An argument for a process that is being started.
template <class T>
concept Passable = Portable<T> || kOffered<T>;

/// Do not compile for what does not cross, and say why.
template <class F>
void explain_callable() {
  if constexpr (kSpread<F>)
    explain_callable<decltype(F::f)>();
  else if constexpr (!Portable<F> && std::is_class_v<F> && !std::is_aggregate_v<F>)
    static_assert(Portable<F>,
                  "this callable cannot cross to a new process, maybe for what a lambda captures: "
                  "capture nothing, and pass what it needs as arguments; or fork");
  else if constexpr (!Portable<F>)
    explain<F>();
}

template <class T>
void explain_argument() {
  static_assert(!std::same_as<T, const char*>,
                "a pointer to a text means nothing in another process: send a std::string");
  if constexpr (!Portable<T> && !std::same_as<T, const char*>) explain<T>();
}
template <class T>
void explain_passed() {
  if constexpr (!kOffered<T>) explain_argument<T>();
}

template <class T>
std::size_t part_size(const T& part) {
  if constexpr (kSpread<T>)
    return part_size(part.f);
  else if constexpr (FunctionPointer<T>)
    return encoded_size(bytes_of_function(reinterpret_cast<void (*)()>(part)));
  else if constexpr (Stateless<T> || kOffered<T>)
    return 0;
  else
    return encoded_size(part);
}

template <class T>
void write_part(Writer& out, const T& part) {
  if constexpr (kSpread<T>)
    write_part(out, part.f);
  else if constexpr (FunctionPointer<T>)
    out.write(bytes_of_function(reinterpret_cast<void (*)()>(part)));
  else if constexpr (!Stateless<T> && !kOffered<T>)
    out.write(part);
}

template <class T>
T read_part(Reader& in) {
  if constexpr (kSpread<T>)
    return {read_part<decltype(T::f)>(in)};
  else if constexpr (FunctionPointer<T>)
    return reinterpret_cast<T>(function_of_bytes(in.read<std::vector<std::byte>>()));
  else if constexpr (Stateless<T>)
    return T();
  else if constexpr (kOffered<T>)
    return Offering::take<typename T::type>();
  else
    return in.read<T>();
}

/// In a process that is no fork: the descriptors of the call that it makes.
TWILL_API const std::vector<int>& given_descriptors() noexcept;

/// A call that can be made in another process of the same program.
struct Crossing {
  void (*enter)(std::span<const std::byte> parts) = nullptr;
  std::vector<std::byte> parts = {};
  bool by_server = false;             ///< that process is forked from the server, not spawned
  std::vector<int> descriptors = {};  ///< that it is given: given_descriptors()
  std::vector<Offer> offers = {};     ///< of the arguments that it shares
};

template <class T>
void add_offer(std::vector<Offer>& offers, const T& part) {
  if constexpr (kOffered<T>) offers.push_back(Offering::of(part.get()));
}

template <class F, class... Args>
void enter_call(std::span<const std::byte> bytes) {
  Reader in(bytes, "a call");
  std::tuple<F, Args...> parts{read_part<F>(in), read_part<Args>(in)...};  // from left to right
  in.end();
  std::apply([](auto&&... all) { std::invoke(std::move(all)...); }, std::move(parts));
}

template <StartMethod Method = Spawn, class F, class... Args>
Crossing crossing_of(const F& f, const Args&... args) {
  (explain_callable<F>(), ..., explain_passed<Args>());
  Crossing call;
  if constexpr ((Portable<F> && ... && Passable<Args>)) {
    call.by_server = std::same_as<Method, ForkServer>;
    call.enter = enter_call<F, Args...>;
    call.parts.resize((part_size(f) + ... + part_size(args)));
    Writer out(call.parts.data(), call.parts.size());
    write_part(out, f);
    (write_part(out, args), ...);
    (add_offer(call.offers, args), ...);
  }
  return call;
}

}  // namespace mp::detail
TWILL_END
