#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <twill/mp/exposed.hpp>
#include <twill/sync/guarded.hpp>

#include "mp/manager_wire.hpp"

TWILL_BEGIN
namespace mp::detail {

using Holds = std::vector<std::shared_ptr<Referent>>;

/// Of the thread that writes an answer, if it does: it keeps that alive.
void grant(const std::shared_ptr<Referent>& referent);

/// What one process holds, one entry for each hold.
class Session {
 public:
  /// Nothing if it holds none.
  void drop(std::uint64_t id);
  /// It takes no more either.
  void end();
  /// Another one with the same holds.
  std::shared_ptr<Session> heir();

  // The links of the process, by their numbers.
  void open_link(std::uint64_t number);
  /// Its thread ends. What its last answer gave may be taken back yet.
  void close_link(std::uint64_t number);
  /// A request was read: asked to stop once nobody waits for its answer, or with the session.
  std::stop_token begin_request(std::uint64_t link);
  /// The answer gives the process these holds. False, and it has none, if nobody waits for it.
  bool grant(std::uint64_t link, const Holds& holds);
  /// The client has closed the link and waits for nothing, or did not read the answer to this
  /// request (not 0), which may be on its way.
  void cancel(std::uint64_t link, std::uint64_t request);

 private:
  struct Link {
    std::stop_source gone = {};
    std::uint64_t requests = 0;
    std::vector<std::uint64_t> granted = {};  ///< by the answer to the last of them
    bool is_closed = false;                   ///< on this side
  };
  struct State {
    std::unordered_multimap<std::uint64_t, std::shared_ptr<Referent>> held;
    std::unordered_map<std::uint64_t, Link> links;
    bool is_over = false;
  };
  Guarded<State> state_;
  std::stop_source over_;  ///< with end(), after which there are no links
};

/// All that a manager's server keeps. Destroys objects only while it has nothing locked, since what
/// they do then is theirs. Any thread may call anything.
class Hall {
 public:
  Hall(std::string address, std::string key) : address_(std::move(address)), key_(std::move(key)) {}

  /// This process's; null if it is no server.
  static Hall* here() noexcept;
  /// Once, and for good.
  static Hall& open(const std::string& address, const std::string& key);

  const std::string& address() const noexcept { return address_; }
  const std::string& key() const noexcept { return key_; }

  /// Null if nobody has it. A process that was forked comes before the note that says so.
  std::shared_ptr<Session> session(std::uint64_t number);
  void enter(std::uint64_t number, const std::shared_ptr<Session>& session);
  void leave(std::uint64_t number);

  /// What a session is answered on a link; never throws but for want of memory.
  std::vector<std::byte> answer(Session& session, std::uint64_t link,
                                std::span<const std::byte> request);

  /// Throws RuntimeError if it is gone or no such type.
  std::shared_ptr<Referent> referent(std::uint64_t id, std::uint64_t type,
                                     std::string_view type_name);
  void forget(std::uint64_t id);
  /// Nobody holds anything any more.
  void clear();

 private:
  struct Tables {
    std::uint64_t last = 0;
    std::unordered_map<std::uint64_t, std::weak_ptr<Referent>> referents;
    std::map<std::string, std::shared_ptr<Referent>, std::less<>> names;
    std::unordered_map<std::uint64_t, std::shared_ptr<Session>> sessions;
  };

  /// Null if it is gone.
  std::shared_ptr<Referent> look_up(std::uint64_t id);
  void register_new(const std::shared_ptr<Referent>& referent);
  void visit(const Request& request, Visit& visit);
  /// publish and unpublish.
  void rename(const Request& request, Visit& visit);
  std::shared_ptr<Referent> named(const std::string& name, std::uint64_t type);

  const std::string address_;
  const std::string key_;
  Guarded<Tables> tables_;
};

}  // namespace mp::detail
TWILL_END
