#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <twill/mp/crossing.hpp>
#include <twill/mp/referent.hpp>
#include <twill/mp/serialize.hpp>
#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace mp::detail {

/// What an answer begins with.
inline constexpr std::byte kResult{0};       ///< then comes the result
inline constexpr std::byte kFailure{1};      ///< then comes a Failure
inline constexpr std::byte kUnknownCall{2};  ///< the program has no such call

/// One call, where it is made.
struct Visit {
  Reader in;                              ///< the callable and its arguments
  std::shared_ptr<Referent> object = {};  ///< what is called, or was made
  std::stop_token gone = {};              ///< asked to stop once nobody waits for it
  std::vector<std::byte> answer = {kResult};
  std::vector<std::shared_ptr<Referent>> granted = {};  ///< whose proxies are in the answer

  template <class R>
  void reply(const R& value);
};

/// While it lives, the proxies that this thread writes are granted to that call's answer.
class TWILL_API Granting {
 public:
  explicit Granting(Visit& visit) noexcept;
  ~Granting();
  Granting(const Granting&) = delete;
  Granting& operator=(const Granting&) = delete;

 private:
  Visit* before_;
};

template <class R>
void Visit::reply(const R& value) {
  answer.resize(1 + encoded_size(value));
  const Granting granting(*this);
  encode(value, std::span(answer).subspan(1));
}

/// What a manager's server may be asked to do, and nothing else: each is a static object, which
/// enters itself into a table before main(). Only a key arrives, and picks from that table.
class TWILL_API Exposed {
 public:
  using Enter = void (*)(Visit& visit);

  /// `what` and `spelled` name all that `function` was made of, and `sizes` mixes what they do not
  /// say. `type` answers the key of what is called; null where something is made.
  Exposed(const std::type_info& what, std::string_view spelled, std::uint64_t sizes, Enter function,
          std::uint64_t (*type)()) noexcept;

  /// The same in all programs that have the same call.
  std::uint64_t key() const;
  std::string_view signature() const noexcept { return signature_; }
  Enter enter() const noexcept { return enter_; }
  /// Whether it can be made with this; null: of nothing.
  bool is_for(const Referent* object) const;

  /// Null if this program has none. RuntimeError if it has two.
  static const Exposed* find(std::uint64_t key);

 private:
  const std::type_info& what_;
  const std::string_view signature_;
  const std::uint64_t sizes_;
  const Enter enter_;
  std::uint64_t (*const type_)();
  const Exposed* next_;
  mutable twill::detail::atomic<std::uint64_t> key_{0};  ///< once it was asked for
};

template <class T>
consteval std::uint64_t part_hash() {
  if constexpr (Sendable<T>)
    return type_hash<T>;
  else
    return mix(mix(0xcbf29ce484222325, type_name<T>()), sizeof(T));
}

/// What takes, behind its arguments, a stop_token that tells that nobody waits for it.
template <class F, class T, class... Args>
concept UsableBy =
    std::invocable<F&, T&, Args...> || std::invocable<F&, T&, Args..., std::stop_token>;

template <class F, class T, class... Args>
decltype(auto) use_object(F& f, T& object, const std::stop_token& gone, Args&... args) {
  if constexpr (std::invocable<F&, T&, Args..., std::stop_token>)
    return std::invoke(f, object, std::move(args)..., gone);
  else
    return std::invoke(f, object, std::move(args)...);
}

/// The call of an F with a T and copies of arguments.
template <class T, class F, class... Args>
struct Calling {
  static constexpr auto kType = &type_key<T>;
  using Result = std::remove_cvref_t<decltype(use_object<F, T, Args...>(
      std::declval<F&>(), std::declval<T&>(), {}, std::declval<Args&>()...))>;

  static void enter(Visit& visit) {
    F f = read_part<F>(visit.in);
    std::tuple<Args...> args{read_part<Args>(visit.in)...};  // from left to right
    visit.in.end();
    const auto use = [&](T& object) -> Result {
      const auto call = [&](Args&... each) -> Result {
        return use_object<F, T, Args...>(f, object, visit.gone, each...);
      };
      return std::apply(call, args);
    };
    auto& kept = static_cast<Kept<T>&>(*visit.object);
    if constexpr (std::is_void_v<Result>)
      kept.with(visit.gone, use);
    else
      visit.reply(kept.with(visit.gone, use));
  }
};

/// A T is made.
template <class T, class... Args>
struct Making {
  static constexpr std::uint64_t (*kType)() = nullptr;

  static void enter(Visit& visit) {
    std::tuple<Args...> args{read_part<Args>(visit.in)...};
    visit.in.end();
    std::apply([&](Args&... each) { visit.object = std::make_shared<Kept<T>>(std::move(each)...); },
               args);
  }
};

/// The entry of a Calling or a Making.
template <class What, class... Parts>
struct Entry {
  inline static const Exposed exposed{typeid(What), type_name<What>(),
                                      [] {
                                        std::uint64_t hash = 0;
                                        ((hash = mix(hash, part_hash<Parts>())), ...);
                                        return hash;
                                      }(),
                                      &What::enter, What::kType};
};

}  // namespace mp::detail
TWILL_END
