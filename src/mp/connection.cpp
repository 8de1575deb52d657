#include <twill/mp/connection.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "mp/readiness.hpp"
#include "platform/descriptor.hpp"
#include "platform/packet.hpp"
#include "platform/parcel.hpp"

TWILL_BEGIN
namespace mp {
namespace {

using twill::detail::Descriptor;
using twill::detail::Outcome;

/// In front of each message. What of the message does not follow in the packet comes as a parcel.
struct Front {
  static constexpr std::uint64_t kMark = 0x3165'6761'7373'656d;  // "message1"
  std::uint64_t mark = kMark;
  std::uint64_t size = 0;
};

constexpr std::size_t kPacket = 64 << 10;
constexpr std::size_t kInside = kPacket - sizeof(Front);

/// Blocks until it is worth another attempt.
Outcome await(int descriptor, short events, const twill::detail::Limits& limits) {
  pollfd one{descriptor, events, 0};
  return detail::await_ready({&one, 1}, limits);
}

[[noreturn]] void refuse(const char* why) {
  throw DecodeError(std::string("no message of a Connection: ") + why);
}

/// A packet as a message; nobody vouches for either. `size` bytes came, and maybe a parcel.
void put_together(detail::Message& message, std::size_t size, int parcel, std::uint64_t longest) {
  Front front;
  if (size < sizeof front) refuse("it is cut off");
  std::memcpy(&front, message.packet.get(), sizeof front);
  if (front.mark != Front::kMark) refuse("it begins with other bytes");
  message.inside = {message.packet.get() + sizeof front, size - sizeof front};
  if (front.size < message.inside.size()) refuse("it is longer than it says");
  const std::size_t rest = front.size - message.inside.size();
  if (rest == 0 ? parcel >= 0 : !twill::detail::is_parcel(parcel, rest))
    refuse("what came with it is not the rest of it");
  if (front.size > longest)
    throw OSError(EMSGSIZE, "a message of " + std::to_string(front.size) + " bytes, where " +
                                std::to_string(longest) + " are the most");
  if (rest == 0) return;
  message.together.resize(front.size);
  std::memcpy(message.together.data(), message.inside.data(), message.inside.size());
  if (!twill::detail::unpack_parcel(parcel,
                                    std::span(message.together).subspan(message.inside.size())))
    refuse("its rest is cut off");
}

/// What does not go into a packet; none of nothing.
Descriptor parcel_of(Connection::Bytes rest) {
  if (rest.empty()) return {};
  const int parcel = twill::detail::make_parcel(rest);
  if (parcel < 0)
    throw OSError(-parcel, "memory for a message of " + std::to_string(rest.size()) + " bytes");
  return Descriptor(parcel);
}

}  // namespace

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  readable_ = other.readable_;
  writable_ = other.writable_;
  return *this;
}

void Connection::require(bool way, const char* what) const {
  if (closed()) throw OSError(EBADF, std::string(what) + " of a Connection that is closed");
  if (!way)
    throw OSError(EBADF, std::string(what) + " of a Connection that only " +
                             (readable_ ? "receives" : "sends"));
}

int Connection::fileno() const {
  require(true, "fileno()");
  return descriptor_;
}

void Connection::close() noexcept {
  if (!closed()) ::close(std::exchange(descriptor_, -1));
}

void Connection::demand(Outcome outcome, const char* call) {
  if (outcome == Outcome::timeout)
    throw TimeoutError(std::string(call) + " of a Connection: the time is over");
  if (outcome == Outcome::stopped)
    throw CancelledError(std::string(call) + " of a Connection: stop was requested");
}

Connection::Bytes Connection::slice(Bytes bytes, std::int64_t offset,
                                    std::optional<std::int64_t> size) {
  const auto have = static_cast<std::int64_t>(bytes.size());
  if (offset < 0 || offset > have || (size && (*size < 0 || *size > have - offset)))
    throw ValueError("bytes from " + std::to_string(offset) + " on" +
                     (size ? ", " + std::to_string(*size) + " of them," : "") + " of " +
                     std::to_string(have));
  return bytes.subspan(static_cast<std::size_t>(offset),
                       static_cast<std::size_t>(size.value_or(have - offset)));
}

Connection::Outcome Connection::send_message(Bytes bytes, const Patience& patience) {
  require(writable_, "send()");
  const Front front{Front::kMark, bytes.size()};
  std::size_t inside = std::min(bytes.size(), kInside);
  Descriptor parcel = parcel_of(bytes.subspan(inside));
  std::optional<twill::detail::Limits> limits;
  for (;;) {
    const int file = parcel.number();
    const int error = twill::detail::send_packet(descriptor_, std::as_bytes(std::span(&front, 1)),
                                                 bytes.first(inside), std::span(&file, 1));
    if (error == 0) return Outcome::ready;
    if (error == EMSGSIZE && inside > 0) {  // the system allows less for sockets
      inside = 0;
      parcel = parcel_of(bytes);
      continue;
    }
    if (error == EPIPE) throw BrokenPipeError("send() of a Connection whose other end is closed");
    if (error != EAGAIN) throw OSError(error, "send() of a Connection");
    if (patience.none()) return Outcome::timeout;
    if (!limits) limits = patience.limits();
    if (const Outcome outcome = await(descriptor_, POLLOUT, *limits); outcome != Outcome::ready)
      return outcome;
  }
}

Connection::Outcome Connection::receive_message(detail::Message& message, std::uint64_t longest,
                                                const Patience& patience) {
  require(readable_, "recv()");
  std::optional<twill::detail::Limits> limits;
  message.packet = std::make_unique_for_overwrite<std::byte[]>(kPacket);
  for (;;) {
    int file = -1;
    const ssize_t size =
        twill::detail::receive_packet(descriptor_, {message.packet.get(), kPacket}, {&file, 1});
    const Descriptor parcel(file);
    if (size > 0) {
      put_together(message, static_cast<std::size_t>(size), file, longest);
      return Outcome::ready;
    }
    if (size == 0) throw EOFError("recv() of a Connection whose other end is closed");
    if (size != -EAGAIN)
      throw OSError(static_cast<int>(-size), "recv() of a Connection, and its message is lost");
    if (patience.none()) return Outcome::timeout;
    if (!limits) limits = patience.limits();
    if (const Outcome outcome = await(descriptor_, POLLIN, *limits); outcome != Outcome::ready)
      return outcome;
  }
}

std::vector<std::byte> Connection::recv_bytes(Patience patience) {
  detail::Message message;
  demand(receive_message(message, kAnySize, patience), "recv_bytes()");
  return std::move(message).take();
}

std::vector<std::byte> Connection::recv_bytes(std::int64_t maxlength, Patience patience) {
  if (maxlength < 0)
    throw ValueError("recv_bytes() of " + std::to_string(maxlength) + " bytes at most");
  detail::Message message;
  demand(receive_message(message, static_cast<std::uint64_t>(maxlength), patience), "recv_bytes()");
  return std::move(message).take();
}

std::optional<std::vector<std::byte>> Connection::try_recv_bytes(Timeout timeout,
                                                                 const std::stop_token& stop) {
  detail::Message message;
  if (receive_message(message, kAnySize, {timeout, stop}) != Outcome::ready) return std::nullopt;
  return std::move(message).take();
}

std::size_t Connection::recv_bytes_into(std::span<std::byte> buffer, std::int64_t offset,
                                        Patience patience) {
  if (offset < 0 || static_cast<std::uint64_t>(offset) > buffer.size())
    throw ValueError("recv_bytes_into() from " + std::to_string(offset) + " on of " +
                     std::to_string(buffer.size()) + " bytes");
  const std::span<std::byte> room = buffer.subspan(static_cast<std::size_t>(offset));
  detail::Message message;
  demand(receive_message(message, room.size(), patience), "recv_bytes_into()");
  const Bytes bytes = message.bytes();
  if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
  return bytes.size();
}

bool Connection::poll(Patience patience) {
  require(readable_, "poll()");
  const Outcome outcome = await(descriptor_, POLLIN, patience.limits());
  if (outcome == Outcome::stopped) demand(outcome, "poll()");
  return outcome == Outcome::ready;
}

Connection detail::connection_on(int descriptor) noexcept {
  return Connection(descriptor, true, true);
}

std::pair<Connection, Connection> Pipe(bool duplex) {
  int ends[2];
  if (const int error = twill::detail::make_packet_pair(ends); error != 0)
    throw OSError(error, "Pipe()");
  return {Connection(ends[0], true, duplex), Connection(ends[1], duplex, true)};
}

}  // namespace mp
TWILL_END
