#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/exposed.hpp>
#include <twill/park/deadline.hpp>

TWILL_BEGIN
namespace mp::detail {

class Client;
struct Held;

/// What a call came to. By the thread that called, before its next call.
class TWILL_API Answer {
 public:
  /// `keep`: what the proxies in it stand for, until they are read.
  Answer(std::vector<std::byte> bytes, std::vector<std::shared_ptr<Referent>> keep) noexcept;
  /// `from` has been granted them.
  Answer(std::vector<std::byte> bytes, std::shared_ptr<Client> from) noexcept;
  ~Answer();
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  /// Throws DecodeError.
  template <class R>
  R take() const {
    if constexpr (!std::is_void_v<R>) return decode<R>(std::span(bytes_).subspan(1));
  }

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::shared_ptr<Referent>> keep_;
  std::shared_ptr<Client> from_;
  Client* before_;
};

/// Where a referent is, for another process.
struct Whereabouts {
  std::string address;
  std::string key;
  std::uint64_t id = 0;
};

/// A hold on a referent, which copies share; or on none.
class TWILL_API Reference {
 public:
  Reference() = default;
  /// By what arrived. Throws RuntimeError if the referent is gone or of another type, PeerDied,
  /// AuthenticationError, OSError.
  Reference(const Whereabouts& at, std::uint64_t type, std::string_view type_name);
  /// What the server granted already.
  Reference(std::shared_ptr<Client> client, std::uint64_t id);

  /// Has the call made. Throws what it throws; TimeoutError or CancelledError if it takes longer.
  Answer ask(const Exposed& call, std::span<const std::byte> parts, Timeout timeout,
             const std::stop_token& stop) const;
  /// Written instead of it. The answer that this thread writes keeps the referent alive.
  Whereabouts whereabouts() const;
  void grant() const;

  bool has_client(const Client& client) const noexcept;
  std::uint64_t id() const noexcept;
  friend bool operator==(const Reference& a, const Reference& b) noexcept;

 private:
  std::shared_ptr<const Held> held_;
};

template <class... Parts>
std::vector<std::byte> parts_of_call(const Parts&... parts) {
  std::vector<std::byte> bytes((std::size_t{0} + ... + part_size(parts)));
  Writer out(bytes.data(), bytes.size());
  (write_part(out, parts), ...);
  return bytes;
}

}  // namespace mp::detail
TWILL_END
