#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp::detail {

/// What processes and the server of a manager say to each other. A process has one link that is its
/// session, and one more for each caller at a time.
///
/// | who | says | then |
/// |---|---|---|
/// | client | Hello, as the first message of each link | server: an answer without a result |
/// | client, on its session | Note, a packet | nothing |
/// | client, on the others | Request, and what goes with it | server: an answer (exposed.hpp) |

struct Hello {
  std::string key;
  std::uint64_t session = 0;
  std::uint64_t link = 0;  ///< a number of the client's; 0 for the session itself
};
constexpr std::int64_t kLongestHello = 512;

struct Request {
  /// | what | id | key | then | result |
  /// |---|---|---|---|---|
  /// | call | of the object | of the call | the callable, arguments | its own |
  /// | make | | of the call | arguments | the id |
  /// | publish | of the object | | the name | |
  /// | unpublish | | | the name | |
  /// | find | | of the type | the name | the id |
  /// | adopt | of the object | of the type | | the id |
  enum class What : std::uint64_t { call, make, publish, unpublish, find, adopt };
  What what;
  std::uint64_t id = 0;
  std::uint64_t key = 0;
};

struct Note {
  /// drop: one hold on the object `id`, of those that the session was given.
  /// fork: with a descriptor, that of another session `id`, which begins with the same holds.
  /// cancel: the link `id` is closed, and nobody reads the answer to its request `request`, if that
  /// is not 0.
  enum class What : std::uint64_t { drop, fork, cancel };
  What what;
  std::uint64_t id = 0;
  std::uint64_t request = 0;  ///< the first of a link has the number 1
};

/// So many hexadecimal digits of randomness. OSError.
std::string random_digits(std::size_t digits);

}  // namespace mp::detail
TWILL_END
