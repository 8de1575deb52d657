#pragma once

#include <memory>
#include <string>

#include <twill/mp/connection.hpp>
#include <twill/mp/crossing.hpp>
#include <twill/mp/process.hpp>

TWILL_BEGIN
namespace mp::detail {

struct Birth {
  std::string address;
  std::string key;
};

/// In the server, which it is: listens, until it is told to end or nobody is there who could. It is
/// given the socket on which it says that it listens, or why not, and is told.
void serve_manager(Birth birth);

/// The server's process, seen from the one that started it. By one thread at a time.
class ManagerServer {
 public:
  /// Blocks until it listens. OSError, RuntimeError.
  ManagerServer(Crossing (*crossing)(const Birth& birth), const Birth& birth);
  /// Tells it to end and blocks until it has; nothing in the child of a fork.
  ~ManagerServer();
  ManagerServer(const ManagerServer&) = delete;
  ManagerServer& operator=(const ManagerServer&) = delete;

 private:
  struct Child final : Process {
    explicit Child(Crossing call) : Process({.name = "Manager", .daemon = true}, std::move(call)) {}
  };

  const int owner_;
  std::optional<Connection> socket_;
  std::optional<Child> process_;
};

}  // namespace mp::detail
TWILL_END
