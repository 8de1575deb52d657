#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <twill/mp/reference.hpp>

TWILL_BEGIN
namespace mp {
namespace detail {

/// What a member is called with.
template <class M>
struct Signature;  // a member that is data has none
#define TWILL_SIGNATURE(...)                              \
  template <class R, class... Args>                       \
  struct Signature<R(Args...) __VA_ARGS__> {              \
    using Parts = TypeList<std::remove_cvref_t<Args>...>; \
  }
TWILL_SIGNATURE();
TWILL_SIGNATURE(const);
TWILL_SIGNATURE(noexcept);
TWILL_SIGNATURE(const noexcept);
TWILL_SIGNATURE(&);
TWILL_SIGNATURE(const&);
TWILL_SIGNATURE(& noexcept);
TWILL_SIGNATURE(const& noexcept);
#undef TWILL_SIGNATURE

template <class M>
struct MemberParts;
template <class M, class C>
struct MemberParts<M C::*> {
  static auto parts() {
    if constexpr (std::is_function_v<M>)
      return typename Signature<M>::Parts{};
    else
      return TypeList<>{};
  }
};

template <auto kMember>
struct Member {
  template <class T, class... Args>
    requires std::invocable<decltype(kMember), T&, Args...>
  decltype(auto) operator()(T& object, Args&&... args) const {
    return std::invoke(kMember, object, std::forward<Args>(args)...);
  }
};

template <class F>
void explain_use() {
  static_assert(!FunctionPointer<F>,
                "a server calls nothing by its address: write with([](T& t) { return f(t); })");
  explain_callable<F>();
}

template <class R>
void explain_result() {
  if constexpr (!std::is_void_v<R>) explain<R>();
}

}  // namespace detail

/// Stands for an object of type T in the server of a Manager, in any process.
///
///     struct Counter { int n = 0;  int add(int by) { return n += by; } };
///     mp::Proxy<Counter> counter = manager.make<Counter>();
///     counter.call<&Counter::add>(5);
///     counter.with([](Counter& c, int by) { return c.n -= by; }, 3);
///
/// Each call is made in the server, while the caller blocks, or as long as within() says; arguments
/// and result are copies that cross as in serialize.hpp. What the call throws is thrown here, as of
/// a pool's calls: an exception that twill does not know becomes RemoteError. An object is called
/// by one at a time, unless locks_itself<T>, as for twill's own queues and locks, whose calls may
/// wait for each other in the server. All calls throw PeerDied if the server has ended, also while
/// they wait; OSError if the caller has no descriptor left; RemoteError, which names the call, if
/// the server's program has no such call: a program has those that stand anywhere in it.
///
/// A proxy can be copied and sent, also inside other objects. The object lives until the last proxy
/// is gone, in all processes, and its name (Manager::publish). A process that ends, however it
/// does, has no proxies any more; the child of a fork has those of its parent. A proxy on its way
/// (in a queue, a pipe, the arguments of a process that is yet to begin) holds nothing: keep one
/// until it has arrived; only answers of calls hold what they contain. Proxies in objects of the
/// server that point to each other in a circle keep each other.
///
/// To read a proxy that was sent asks the server, and throws what calls throw; RuntimeError if the
/// object is gone. It has the manager's key inside: whoever is sent one may call the server.
///
/// Any thread may call anything; writing the same Proxy is for one that is alone with it.
template <class T>
class Proxy {
  static_assert(std::same_as<T, std::remove_cvref_t<T>>);

 public:
  /// Stands for nothing; calls throw RuntimeError.
  Proxy() = default;

  /// Calls a member function with `args`, as its parameters' types, or answers a copy of a member.
  template <auto kMember, class... Args>
    requires std::is_member_pointer_v<decltype(kMember)>
  auto call(Args&&... args) const {
    return [&]<class... Ps>(TypeList<Ps...>) {
      static_assert(sizeof...(Ps) == sizeof...(Args), "the function takes more or fewer arguments");
      return made<detail::Member<kMember>, Ps...>({}, Ps(std::forward<Args>(args))...);
    }(detail::MemberParts<decltype(kMember)>::parts());
  }

  /// Calls `f` with the object and copies of `args`: a lambda without captures, or an object that
  /// can be sent. Another program, by the same compiler, can only have the same call of a class
  /// that has a name. If `f` takes a std::stop_token behind these, stop is requested there once the
  /// caller's process has ended, or its bound is passed (within()):
  ///
  ///     queue.with([](auto& q, std::stop_token gone) { return q.get(gone); });
  template <class F, class... Args>
    requires detail::UsableBy<std::decay_t<F>, T, std::decay_t<Args>...>
  auto with(F&& f, Args&&... args) const {
    return made<std::decay_t<F>, std::decay_t<Args>...>(f, args...);
  }

  /// A proxy for the same object whose calls each wait for `timeout` at most, or until stop is
  /// requested. Then they throw TimeoutError or CancelledError, and the server is told, though it
  /// may have made the call by then: one that is yet to begin is not made, one that takes a
  /// std::stop_token is asked to stop there, any other is made to its end, and what it answers is
  /// dropped. The bound is not sent with a proxy, and in the server itself, where no call is of
  /// another process, `timeout` bounds nothing.
  ///
  ///     counter.within(2s).call<&Counter::add>(5);
  Proxy within(Timeout timeout, std::stop_token stop = {}) const {
    Proxy bounded(reference_);
    bounded.timeout_ = timeout;
    bounded.stop_ = std::move(stop);
    return bounded;
  }
  Proxy within(std::stop_token stop) const { return within(Timeout::never(), std::move(stop)); }

  /// Whether it stands for an object.
  explicit operator bool() const noexcept { return reference_.id() != 0; }
  /// Whether both stand for the same object, or none.
  friend bool operator==(const Proxy& a, const Proxy& b) noexcept {
    return a.reference_ == b.reference_;
  }

 private:
  friend class Manager;
  friend struct Codec<Proxy>;
  explicit Proxy(detail::Reference reference) : reference_(std::move(reference)) {}

  template <class F, class... Args>
  auto made(const F& f, const Args&... args) const {
    (detail::explain_use<F>(), ..., detail::explain_argument<Args>());
    using Calling = detail::Calling<T, F, Args...>;
    using R = typename Calling::Result;
    detail::explain_result<R>();
    if constexpr ((detail::Portable<F> && ... && detail::Portable<Args>)) {
      const detail::Exposed& exposed = detail::Entry<Calling, F, Args...>::exposed;
      return reference_.ask(exposed, detail::parts_of_call(f, args...), timeout_, stop_)
          .template take<R>();
    }
  }

  detail::Reference reference_;
  Timeout timeout_ = Timeout::never();
  std::stop_token stop_;
};

template <class T>
struct Codec<Proxy<T>> {
  using Parts = TypeList<>;
  static constexpr std::size_t kLeast = 3 * sizeof(std::uint64_t);

  template <class Out>
  static void encode(Out& out, const Proxy<T>& proxy) {
    const detail::Whereabouts at = proxy.reference_.whereabouts();
    out.write(at.address);
    out.write(at.key);
    out.write(at.id);
    if constexpr (std::same_as<Out, Writer>) proxy.reference_.grant();
  }

  static Proxy<T> decode(Reader& in) {
    detail::Whereabouts at{in.read<std::string>(), in.read<std::string>(),
                           in.read<std::uint64_t>()};
    if (at.id == 0) return {};
    return Proxy<T>(detail::Reference(at, detail::type_key<T>(), detail::type_name<T>()));
  }
};

}  // namespace mp
TWILL_END
