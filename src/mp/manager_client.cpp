#include "mp/manager_client.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include <twill/mp/authentication_error.hpp>
#include <twill/mp/failure.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/mp/remote_error.hpp>

#include "mp/readiness.hpp"
#include "park/word_lock.hpp"
#include "platform/at_fork.hpp"
#include "platform/descriptor.hpp"
#include "platform/local_socket.hpp"
#include "platform/packet.hpp"
#include "platform/poll.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

using twill::detail::Descriptor;
using twill::detail::WordLock;

constinit WordLock links;  ///< guards the list and the links of each; a fork holds it
constinit Client* clients = nullptr;

constexpr std::size_t kMostIdle = 8;

template <void (Client::*kStep)() noexcept>
void each_client() noexcept {
  for (Client* each = clients; each != nullptr; each = each->next) (each->*kStep)();
}

void watch_forks() {
  [[maybe_unused]] static const bool once = (twill::detail::at_fork(
                                                 [] {
                                                   links.lock();
                                                   each_client<&Client::before_fork>();
                                                 },
                                                 [] {
                                                   each_client<&Client::in_parent_of_fork>();
                                                   links.unlock();
                                                 },
                                                 [] {
                                                   each_client<&Client::in_child_of_fork>();
                                                   links.reset();
                                                 }),
                                             true);
}

std::uint64_t random_number() noexcept {
  std::uint64_t number = 0;
  twill::detail::fill_at_random(std::as_writable_bytes(std::span(&number, 1)));
  return number;
}

[[noreturn]] void throw_ended(const std::string& address) {
  throw PeerDied("the server of the manager at " + address + " has ended");
}

void check(std::span<const std::byte> answer, std::string_view name, const std::string& address) {
  if (answer.empty()) throw DecodeError("an empty answer of the manager at " + address);
  if (answer[0] == kFailure) std::rethrow_exception(decode<Failure>(answer.subspan(1)).exception());
  if (answer[0] == kUnknownCall)
    throw RemoteError("twill::mp::Manager", "the program of the server at " + address +
                                                " has no call " + std::string(name));
}

bool send_note(const Connection& control, const Note& note, int file) noexcept {
  return twill::detail::send_packet(control.fileno(), std::as_bytes(std::span(&note, 1)), {},
                                    {&file, 1}) == 0;
}

}  // namespace

std::string random_digits(std::size_t digits) {
  std::vector<std::byte> bytes((digits + 1) / 2);
  if (!twill::detail::fill_at_random(bytes)) throw OSError(errno, "getrandom()");
  std::string text;
  for (const std::byte each : bytes)
    for (const unsigned nibble :
         {std::to_integer<unsigned>(each) >> 4, std::to_integer<unsigned>(each) & 15})
      text += "0123456789abcdef"[nibble];
  text.resize(digits);
  return text;
}

std::shared_ptr<Client> Client::to(const std::string& address, const std::string& key) {
  watch_forks();
  std::shared_ptr<Client> found;
  {
    const WordLock::Guard guard(links);
    for (Client* each = clients; each != nullptr; each = each->next)
      if (each->address_ == address && each->key_ == key)
        if ((found = each->weak_from_this().lock()) != nullptr) break;  // the newest stands first
  }
  if (found != nullptr && !found->has_lost_server()) return found;
  std::shared_ptr<Client> made(new Client(address, key));
  const WordLock::Guard guard(links);
  made->next = std::exchange(clients, made.get());
  return made;
}

Client::Client(const std::string& address, const std::string& key)
    : address_(address), key_(key), session_(random_number()), control_(open(0, {})) {}

Client::~Client() {
  const WordLock::Guard guard(links);
  for (Client** at = &clients; *at != nullptr; at = &(*at)->next)
    if (*at == this) {
      *at = next;
      break;
    }
}

bool Client::has_lost_server() const noexcept {
  if (control_.closed()) return false;
  pollfd end{control_.fileno(), 0, 0};
  return twill::detail::poll_for(0, {&end, 1}) > 0;
}

void Client::await(const Connection& link, const Limits& limits) const {
  if (!await_ready(link.fileno(), POLLIN, limits))
    throw TimeoutError("no answer of the manager at " + address_ + ": the time is over");
}

/// What comes next, within `limits`; throws PeerDied instead of the errors that mean the same. An
/// answer is one packet, so that nothing waits once there is something.
std::vector<std::byte> Client::receive(Connection& link, const Limits& limits) const try {
  if (!limits.unbounded()) await(link, limits);
  return link.recv_bytes();
} catch (const EOFError&) {
  throw_ended(address_);
}

/// Both ends look at each other's user before the key is sent, or read.
Connection Client::open(std::uint64_t number, const Limits& limits) const {
  if (is_inherited_) await(control_, limits);
  Descriptor made(twill::detail::connect_locally(address_));
  if (made.number() == -EINVAL)
    throw ValueError("\"" + address_ + "\" is no address of a manager: it has 1 to 100 bytes");
  if (made.number() == -ECONNREFUSED)
    throw PeerDied("no manager is at " + address_ + ", or its server has ended");
  if (!made) throw OSError(-made.number(), "a connection to the manager at " + address_);
  if (!twill::detail::is_of_this_user(made.number()))
    throw AuthenticationError("the process at " + address_ + " is another user's");
  Connection link = connection_on(made.release());
  try {
    link.send(Hello{key_, session_, number});
  } catch (const BrokenPipeError&) {  // it may have said why
  }
  check(receive(link, limits), "", address_);
  return link;
}

Client::Link Client::take(const Limits& limits) {
  {
    const WordLock::Guard guard(links);
    if (!idle_.empty()) {
      busy_.splice(busy_.begin(), idle_, idle_.begin());
      return busy_.begin();
    }
  }
  Links fresh;
  const std::uint64_t number = random_number() | 1;
  fresh.push_back({number, open(number, limits)});
  const WordLock::Guard guard(links);
  busy_.splice(busy_.begin(), fresh);
  return busy_.begin();
}

void Client::give_back(Link link) noexcept {
  {
    const WordLock::Guard guard(links);
    if (idle_.size() < kMostIdle) return idle_.splice(idle_.begin(), busy_, link);
  }
  discard(link, 0);
}

void Client::discard(Link link, std::uint64_t unread) noexcept {
  tell({Note::What::cancel, link->number, unread});
  Links closed;
  const WordLock::Guard guard(links);
  closed.splice(closed.begin(), busy_, link);
}

Answer Client::ask(const Request& request, std::span<const std::byte> parts, std::string_view name,
                   const Limits& limits) {
  if (control_.closed())
    throw RuntimeError("this child of a fork has no connection to the manager at " + address_ +
                       ": there was no descriptor or memory for one");
  std::vector<std::byte> bytes(sizeof request + parts.size());
  std::memcpy(bytes.data(), &request, sizeof request);
  if (!parts.empty()) std::memcpy(bytes.data() + sizeof request, parts.data(), parts.size());
  const Link link = take(limits);
  try {
    ++link->requests;
    link->connection.send_bytes(bytes);
    bytes = receive(link->connection, limits);
  } catch (const BrokenPipeError&) {
    discard(link, link->requests);
    throw_ended(address_);
  } catch (...) {
    discard(link, link->requests);
    throw;
  }
  give_back(link);
  check(bytes, name, address_);
  return Answer(std::move(bytes), shared_from_this());
}

bool Client::tell(const Note& note) noexcept {
  return !control_.closed() && send_note(control_, note, -1);
}

/// If there is no room for the note, the server holds the object until this process ends: it was
/// stopped, or has so much to destroy.
void Client::drop(std::uint64_t id) noexcept try {
  const Note note{Note::What::drop, id};
  if (!tell(note) && errno == EAGAIN &&
      await_ready(control_.fileno(), POLLOUT, {Deadline(std::chrono::seconds(1))}))
    tell(note);
} catch (...) {
}

/// The child could not say itself what it holds: until it comes to that, its parent may have
/// dropped it. On the parent's session the note stands in front of that.
void Client::before_fork() noexcept {
  int ends[2];
  if (control_.closed() || twill::detail::make_packet_pair(ends) != 0) return;
  heir_session_ = random_number();
  heir_ = ends[0];
  estate_ = ends[1];
  if (!send_note(control_, {Note::What::fork, heir_session_}, estate_)) in_parent_of_fork();
  if (estate_ >= 0) ::close(std::exchange(estate_, -1));
}

void Client::in_parent_of_fork() noexcept {
  if (heir_ >= 0) ::close(std::exchange(heir_, -1));
}

void Client::in_child_of_fork() noexcept {
  for (Links* const list : {&idle_, &busy_})
    for (Line& each : *list) each.connection.close();
  busy_.splice(busy_.end(), idle_);  // for good: nothing here may free memory
  control_ = connection_on(std::exchange(heir_, -1));
  session_ = heir_session_;
  is_inherited_ = true;
}

}  // namespace mp::detail
TWILL_END
