#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <twill/mp/message.hpp>
#include <twill/mp/serialize.hpp>
#include <twill/queue/patience.hpp>

TWILL_BEGIN
namespace mp {

class Connection;
namespace detail {
/// One on a packet socket, both ways, which it owns.
Connection connection_on(int descriptor) noexcept;
}  // namespace detail

/// One end of a channel between processes (Python's multiprocessing.Connection), made by Pipe(). A
/// fork gives the child both ends as well, and an end is closed only once every process that has it
/// closed it or ended; so whoever waits for the end of the messages closes the ends it does not
/// use.
///
///     auto [here, there] = twill::mp::Pipe();
///     if (fork() == 0) { here.close();  there.send(42);  _exit(0); }
///     there.close();
///     const int answer = here.recv<int>();
///
/// Messages come whole and in their order, however many threads and processes share an end and
/// whenever one of them is killed: a message arrives as it was sent, or was never sent. It arrives
/// once; if the receiver is killed after it took it, it is gone. What arrives is not trusted.
///
/// Some hundred small messages lie between the ends before send() blocks, or four of more than
/// 64 KiB; these take memory until they are received, and a descriptor each.
///
/// `patience`, how long a call may block: a duration, zero for one attempt, or a std::stop_token;
/// left out, for ever. Then the call throws TimeoutError or CancelledError, and nothing was sent or
/// received. Signals do not end it. All throw OSError: with EBADF at a connection that is closed,
/// was moved from, or does not go that way, with EMFILE if there is no descriptor left that a long
/// message needs, or a wait with a stop_token; a long message whose receiver has none left is gone.
/// What was done before a send() happens before what follows the recv() that it ends. Any thread
/// may call anything, but close(), moves and destruction are for one that is alone with the
/// connection.
class TWILL_API Connection {
 public:
  using Patience = twill::detail::Patience;
  using Bytes = std::span<const std::byte>;

  Connection(Connection&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        readable_(other.readable_),
        writable_(other.writable_) {}
  Connection& operator=(Connection&& other) noexcept;
  ~Connection() { close(); }

  /// Sends a value as one message, which is to_bytes(value). Blocks while there is no room. Throws
  /// BrokenPipeError if nobody has the other end; ValueError, and sends nothing, if the value is
  /// nested too deep.
  template <class T>
  void send(const T& value, Patience patience = {}) {
    demand(send_message(to_bytes(value), patience), "send()");
  }
  void send(const char* text, Patience patience = {}) { send(std::string(text), patience); }
  /// Whether it could be sent before the time was over and before stop was requested.
  template <class T>
  bool try_send(const T& value, Timeout timeout = std::chrono::seconds(0),
                const std::stop_token& stop = {}) {
    return send_message(to_bytes(value), {timeout, stop}) == Outcome::ready;
  }

  /// The next message as a T. Blocks until there is one. Throws EOFError once nobody has the other
  /// end and all was received, every time; DecodeError if it was sent as another type or is none,
  /// and it is gone then.
  template <class T>
  T recv(Patience patience = {}) {
    detail::Message message;
    demand(receive_message(message, kAnySize, patience), "recv()");
    return from_bytes<T>(message.bytes());
  }
  /// Nothing if none came before the time was over and before stop was requested. Throws EOFError
  /// as recv() does.
  template <class T>
  std::optional<T> try_recv(Timeout timeout = std::chrono::seconds(0),
                            const std::stop_token& stop = {}) {
    detail::Message message;
    if (receive_message(message, kAnySize, {timeout, stop}) != Outcome::ready) return std::nullopt;
    return from_bytes<T>(message.bytes());
  }

  /// Sends bytes as one message, which may be empty. Otherwise as send().
  void send_bytes(Bytes bytes, Patience patience = {}) {
    demand(send_message(bytes, patience), "send_bytes()");
  }
  void send_bytes(std::string_view text, Patience patience = {}) {
    send_bytes(std::as_bytes(std::span(text)), patience);
  }
  /// Those from `offset` on, as many as there are or `size`. ValueError if it has not so many.
  void send_bytes(Bytes bytes, std::int64_t offset, Patience patience = {}) {
    send_bytes(slice(bytes, offset, std::nullopt), patience);
  }
  void send_bytes(Bytes bytes, std::int64_t offset, std::int64_t size, Patience patience = {}) {
    send_bytes(slice(bytes, offset, size), patience);
  }
  bool try_send_bytes(Bytes bytes, Timeout timeout = std::chrono::seconds(0),
                      const std::stop_token& stop = {}) {
    return send_message(bytes, {timeout, stop}) == Outcome::ready;
  }

  /// The bytes of the next message. Otherwise as recv().
  std::vector<std::byte> recv_bytes(Patience patience = {});
  /// ValueError if `maxlength` is negative; OSError with EMSGSIZE if the message is longer: it is
  /// gone then, without having been copied.
  std::vector<std::byte> recv_bytes(std::int64_t maxlength, Patience patience = {});
  std::optional<std::vector<std::byte>> try_recv_bytes(Timeout timeout = std::chrono::seconds(0),
                                                       const std::stop_token& stop = {});
  /// Into `buffer` from `offset` on; how many they were. ValueError if it has no such offset;
  /// OSError with EMSGSIZE if they do not fit: the message is gone then.
  std::size_t recv_bytes_into(std::span<std::byte> buffer, Patience patience = {}) {
    return recv_bytes_into(buffer, 0, patience);
  }
  std::size_t recv_bytes_into(std::span<std::byte> buffer, std::int64_t offset,
                              Patience patience = {});

  /// Whether recv() would not block; blocks for `patience`, by default not at all, until it is so.
  /// True at the end of the messages. Another may receive the message first.
  bool poll(Patience patience = Timeout(std::chrono::seconds(0)));

  bool readable() const noexcept { return readable_; }
  bool writable() const noexcept { return writable_; }
  bool closed() const noexcept { return descriptor_ < 0; }
  /// For mp::wait() and poll(2): readable when recv() would not block. Not to be read or written.
  int fileno() const;
  /// Gives this process's hold on the end up. Once more does nothing. Never blocks.
  void close() noexcept;

 private:
  using Outcome = twill::detail::Outcome;
  static constexpr std::uint64_t kAnySize = ~std::uint64_t{0};

  friend TWILL_API std::pair<Connection, Connection> Pipe(bool duplex);
  friend Connection detail::connection_on(int descriptor) noexcept;
  Connection(int descriptor, bool readable, bool writable) noexcept
      : descriptor_(descriptor), readable_(readable), writable_(writable) {}

  static Bytes slice(Bytes bytes, std::int64_t offset, std::optional<std::int64_t> size);
  static void demand(Outcome outcome, const char* call);
  void require(bool way, const char* what) const;
  Outcome send_message(Bytes bytes, const Patience& patience);
  Outcome receive_message(detail::Message& message, std::uint64_t longest,
                          const Patience& patience);

  int descriptor_;
  bool readable_;
  bool writable_;
};

/// The two ends of a new channel (Python's multiprocessing.Pipe): both ways, or else the first end
/// only receives and the second only sends. Closed by exec. OSError with EMFILE if there are no two
/// descriptors left. Any thread; never blocks.
TWILL_API std::pair<Connection, Connection> Pipe(bool duplex = true);

}  // namespace mp
TWILL_END
