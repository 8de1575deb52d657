// The server of a manager, from the inside.

#include "mp/manager_server.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>

#include <twill/mp/authentication_error.hpp>
#include <twill/mp/failure.hpp>
#include <twill/park/clock.hpp>
#include <twill/thread/thread.hpp>

#include "mp/hall.hpp"
#include "mp/readiness.hpp"
#include "platform/descriptor.hpp"
#include "platform/local_socket.hpp"
#include "platform/packet.hpp"
#include "platform/poll.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::Descriptor;

/// Takes as long whatever the first difference is.
bool is_same(std::string_view given, std::string_view key) noexcept {
  unsigned difference = given.size() != key.size();
  for (std::size_t i = 0; i < key.size(); ++i)
    difference |= static_cast<unsigned char>(key[i] ^ (i < given.size() ? given[i] : '\0'));
  return difference == 0;
}

void send_failure(Connection& link, const std::exception_ptr& thrown) {
  const Failure failure = Failure::of(thrown);
  std::vector<std::byte> answer(1 + encoded_size(failure), kFailure);
  encode(failure, std::span(answer).subspan(1));
  link.send_bytes(answer);
}

void start_session(Connection socket, std::uint64_t number, std::shared_ptr<Session> session);

/// False if it is none.
bool take_note(Session& session, const Note& note, Descriptor file) {
  if (note.what == Note::What::drop) return session.drop(note.id), true;
  if (note.what == Note::What::cancel) return session.cancel(note.id, note.request), true;
  if (note.what != Note::What::fork || !file) return false;
  start_session(connection_on(file.release()), note.id, session.heir());
  return true;
}

/// Until the process of the session is gone, or says what it should not.
void serve_session(Connection& socket, Session& session) {
  for (;;) {
    Note note{};
    int file = -1;
    const ssize_t size = twill::detail::receive_packet(
        socket.fileno(), std::as_writable_bytes(std::span(&note, 1)), {&file, 1});
    Descriptor came(file);
    if (size == -EAGAIN)
      await_ready(socket.fileno(), POLLIN, {});
    else if (size != -EMFILE && (size != sizeof note || !take_note(session, note, std::move(came))))
      return;
  }
}

/// A long request that comes when there is no descriptor for it is lost: its caller is told.
void serve_calls(Connection& link, std::uint64_t number, Session& session) {
  for (;;) {
    try {
      const std::vector<std::byte> request = link.recv_bytes();
      link.send_bytes(Hall::here()->answer(session, number, request));
    } catch (const OSError& error) {
      if (error.code().value() != EMFILE && error.code().value() != ENOSPC &&
          error.code().value() != ENOMEM)
        throw;
      send_failure(link, std::current_exception());
    }
  }
}

void run_thread(std::string name, auto serve) {
  Thread({.name = std::move(name), .daemon = true}, std::move(serve)).start();
}

/// What ends a link is its client's end, or a breach that ends it.
void quietly(const auto& serve) {
  try {
    serve();
  } catch (const std::exception&) {
  }
}

/// From here on it is in the hall, whatever happens until its thread runs.
void start_session(Connection socket, std::uint64_t number, std::shared_ptr<Session> session) {
  Hall::here()->enter(number, session);
  const auto link = std::make_shared<Connection>(std::move(socket));
  try {
    run_thread("session", [link, number, session] {
      quietly([&] {
        link->send_bytes({&kResult, 1});
        serve_session(*link, *session);
      });
      Hall::here()->leave(number);
    });
  } catch (...) {
    Hall::here()->leave(number);
    throw;
  }
}

/// Answers nothing to whom it does not know, but why.
std::shared_ptr<Session> greet(Connection& link, Hello& hello) {
  try {
    hello = from_bytes<Hello>(link.recv_bytes(kLongestHello));
    if (!is_same(hello.key, Hall::here()->key()))
      throw AuthenticationError("the key is not that of the manager at " + Hall::here()->address());
    if (hello.link == 0) return std::make_shared<Session>();
    auto session = Hall::here()->session(hello.session);
    if (session == nullptr)
      throw RuntimeError("a call to a manager by a process without a session");
    return session;
  } catch (...) {
    send_failure(link, std::current_exception());
    throw;
  }
}

void serve_link(Connection& link) {
  Hello hello;
  const auto session = greet(link, hello);
  if (hello.link == 0) return start_session(std::move(link), hello.session, session);
  session->open_link(hello.link);
  quietly([&] {
    link.send_bytes({&kResult, 1});
    serve_calls(link, hello.link, *session);
  });
  session->close_link(hello.link);
}

/// Says at a link why there is no thread for it.
void admit(Descriptor socket) {
  if (!twill::detail::is_of_this_user(socket.number())) return;
  const auto link = std::make_shared<Connection>(connection_on(socket.release()));
  try {
    run_thread("link", [link] { quietly([&] { serve_link(*link); }); });
  } catch (...) {
    send_failure(*link, std::current_exception());
  }
}

/// A link without a descriptor would wait for ever: it gets the spare one, to be told.
void turn_away(int listener, Descriptor& spare, int error) {
  const bool had_one = static_cast<bool>(spare);
  spare = Descriptor();
  if (had_one) {
    const int socket = twill::detail::accept_locally(listener);
    Connection link = connection_on(socket);
    if (socket >= 0 && twill::detail::is_of_this_user(socket))
      quietly([&] {
        send_failure(link, std::make_exception_ptr(OSError(error, "in the server of a manager")));
      });
  } else {
    sleep(std::chrono::milliseconds(10));  // somebody else took it
  }
  spare = Descriptor(twill::detail::make_event());
}

void admit_all(int listener, int orders) {
  Descriptor spare(twill::detail::make_event());
  for (;;) {
    pollfd both[] = {{orders, POLLIN, 0}, {listener, POLLIN, 0}};
    await_ready(both, {});
    if (both[0].revents != 0) return;
    Descriptor socket(twill::detail::accept_locally(listener));
    if (socket)
      admit(std::move(socket));
    else
      turn_away(listener, spare, -socket.number());
  }
}

}  // namespace

void serve_manager(Birth birth) {
  std::signal(SIGINT, SIG_IGN);  // the process that made it decides
  Connection orders = connection_on(given_descriptors().at(0));
  const Descriptor listener(twill::detail::listen_locally(birth.address));
  if (!listener)
    return send_failure(
        orders, std::make_exception_ptr(OSError(-listener.number(), "the socket of a manager")));
  Hall& hall = Hall::open(birth.address, birth.key);
  orders.send_bytes({&kResult, 1});
  admit_all(listener.number(), orders.fileno());
  hall.clear();
}

}  // namespace mp::detail
TWILL_END
