#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <twill/mp/authentication_error.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/mp/proxy.hpp>
#include <twill/mp/remote_error.hpp>
#include <twill/mp/start_method.hpp>

TWILL_BEGIN
namespace mp {
namespace detail {
class ManagerServer;
}

/// A server process for objects that any process of this user on this machine can call by proxies
/// (Python's multiprocessing.Manager and BaseManager).
///
///     struct Counter { int n = 0;  int add(int by) { return n += by; } };
///     mp::Manager manager;
///     auto counter = manager.make<Counter>();
///     mp::Process process([counter] { counter.call<&Counter::add>(5); });
///
///     manager.publish("counter", counter);  // by name, for processes that nobody sends a proxy to
///     auto other = mp::Manager::connect(address, key);
///     other.find<Counter>("counter").call<&Counter::add>(1);
///
/// The constructor starts the server, by `forkserver`, so that it may be made beside busy threads
/// as pools may; there is no start(). It is a daemon: it ends with the process that made it,
/// however that ends, and like a pool it cannot be made in a daemonic process. Each caller has a
/// thread of its own in the server, so one call never waits for another but for the object's lock.
/// The server has what static objects the program has, made anew; main() is not entered.
///
/// It listens on a socket that has no file. A process of another user is turned away before
/// anything of what it sends is read; a client in turn sends the key only to a server of its own
/// user. So the key needs no more than to be sent: who could overhear it could as well
/// look into the memory of both. What arrives is checked: only calls that stand in the server's
/// program can be called, with arguments of their types.
///
/// Any thread may call anything but shutdown(), moves and destruction, which are for one that is
/// alone with the manager. All throw PeerDied once the server has ended, and OSError.
class TWILL_API Manager {
 public:
  /// Blocks until the server is there. Throws RuntimeError in a daemonic process, OSError.
  Manager() : Manager(forkserver) {}
  explicit Manager(ForkServer);
  explicit Manager(Spawn);
  /// Of another process. Throws AuthenticationError if the key is not the manager's, or the server
  /// is another user's; PeerDied if there is none; ValueError for what is no address.
  static Manager connect(const std::string& address, const std::string& key);

  Manager(Manager&&) noexcept;
  Manager& operator=(Manager&&) noexcept;
  /// shutdown(), if it started the server and this is no child of a fork.
  ~Manager();

  /// Makes a T in the server, of copies of `args`. Throws what the constructor throws.
  template <class T, class... Args>
  Proxy<T> make(Args&&... args) const {
    return made<T, std::decay_t<Args>...>(args...);
  }

  /// Gives the object a name, which holds it; another object that had the name loses it. ValueError
  /// if it is another manager's.
  template <class T>
  void publish(const std::string& name, const Proxy<T>& proxy) const {
    publish(name, proxy.reference_);
  }
  /// Takes a name away. ValueError if there is none.
  void unpublish(const std::string& name) const;
  /// The object of that name. ValueError if there is none, RuntimeError if it is no T.
  template <class T>
  Proxy<T> find(const std::string& name) const {
    return Proxy<T>(found(name, detail::type_key<T>()));
  }

  /// What connect() needs in another process. The address is a name, the key 64 digits that are as
  /// good as a password.
  const std::string& address() const;
  const std::string& key() const;

  /// Ends the server, if this manager started it: blocks until it has. Calls that run throw
  /// PeerDied where they were made. What no call is in is destroyed. Once more does nothing.
  void shutdown();

 private:
  explicit Manager(std::shared_ptr<detail::Client> client);

  template <class T, class... Args>
  Proxy<T> made(const Args&... args) const {
    (static_cast<void>(0), ..., detail::explain_argument<Args>());
    static_assert(!std::same_as<T, RLock> && !std::same_as<T, RWLock>,
                  "this lock belongs to a thread, and any thread of the server may call it: make a "
                  "twill::Lock for acquire() and release()");
    static_assert(std::is_constructible_v<T, Args...>, "no constructor takes these arguments");
    if constexpr ((true && ... && detail::Portable<Args>))
      return Proxy<T>(make(detail::Entry<detail::Making<T, Args...>, Args...>::exposed,
                           detail::parts_of_call(args...)));
  }
  detail::Reference make(const detail::Exposed& call, std::span<const std::byte> parts) const;
  void publish(const std::string& name, const detail::Reference& reference) const;
  detail::Reference found(const std::string& name, std::uint64_t type) const;
  detail::Client& client() const;

  std::shared_ptr<detail::Client> client_;
  std::unique_ptr<detail::ManagerServer> server_;
};

}  // namespace mp
TWILL_END
