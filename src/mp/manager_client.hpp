#pragma once

#include <list>
#include <memory>
#include <string>

#include <twill/mp/connection.hpp>
#include <twill/mp/reference.hpp>

#include "mp/manager_wire.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::Limits;

/// This process, as the server of a manager knows it: a session, which is over once the process is,
/// and links on which it asks. The child of a fork has a session of its own, which begins with what
/// its parent holds, and none of its parent's links. Any thread may call anything.
class Client : public std::enable_shared_from_this<Client> {
 public:
  /// The one for that server, which all share. As Manager::connect().
  static std::shared_ptr<Client> to(const std::string& address, const std::string& key);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Blocks until there is an answer, and throws what it says; TimeoutError or CancelledError if
  /// there is none within `limits`, and tells the server. `name`: of what is asked for.
  Answer ask(const Request& request, std::span<const std::byte> parts, std::string_view name,
             const Limits& limits = {});
  /// Gives one hold back.
  void drop(std::uint64_t id) noexcept;

  const std::string& address() const noexcept { return address_; }
  const std::string& key() const noexcept { return key_; }

  // What a fork does, while nobody else looks at the links.
  void before_fork() noexcept;
  void in_parent_of_fork() noexcept;
  void in_child_of_fork() noexcept;
  Client* next = nullptr;  ///< in the list of all

 private:
  struct Line {
    std::uint64_t number;
    Connection connection;
    std::uint64_t requests = 0;
  };
  using Links = std::list<Line>;
  using Link = Links::iterator;

  Client(const std::string& address, const std::string& key);
  /// The session itself if the number is 0.
  Connection open(std::uint64_t number, const Limits& limits) const;
  void await(const Connection& link, const Limits& limits) const;
  std::vector<std::byte> receive(Connection& link, const Limits& limits) const;
  bool has_lost_server() const noexcept;
  Link take(const Limits& limits);
  void give_back(Link link) noexcept;
  /// `unread`: the request whose answer was not read; 0: none.
  void discard(Link link, std::uint64_t unread) noexcept;
  bool tell(const Note& note) noexcept;

  const std::string address_;
  const std::string key_;
  std::uint64_t session_;
  bool is_inherited_ = false;    ///< the server may not know the session yet
  Connection control_;           ///< the session itself
  Links idle_, busy_;            ///< guarded by `links`
  int heir_ = -1, estate_ = -1;  ///< during a fork: both ends of the child's session
  std::uint64_t heir_session_ = 0;
};

}  // namespace mp::detail
TWILL_END
