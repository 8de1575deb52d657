// Paths: packets that are no messages, with files that are no rest of one; a system that allows
// little for sockets; no descriptors left, for the sender, the receiver, waits, new pipes; no
// memory; several processes and threads at each end.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <twill/mp/connection.hpp>
#include <twill/mp/wait.hpp>
#include <twill/platform/error.hpp>
#include <utility>
#include <vector>

#include "mp/chaos.hpp"
#include "platform/descriptor.hpp"
#include "platform/fault.hpp"
#include "platform/packet.hpp"
#include "platform/parcel.hpp"
#include "support/children.hpp"
#include "support/errno_of.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::errno_of;
using twill::detail::Descriptor;
namespace mp = twill::mp;
using mp::Connection;
using mp::Pipe;
using Bytes = std::vector<std::byte>;

constexpr std::uint64_t kMark = 0x3165'6761'7373'656d;

/// What a hostile process may send.
struct Packet {
  std::string what;
  std::vector<std::uint64_t> words;
  std::function<int()> file = [] { return -1; };
};

int memory_of(off_t really, off_t promised) {
  const int file = twill::detail::make_parcel(Bytes(static_cast<std::size_t>(really)));
  EXPECT_EQ(ftruncate(file, promised), 0);
  return file;
}

constexpr char kFile[] = "/etc/passwd";

std::uint64_t size_of(const char* path) {
  struct stat status{};
  EXPECT_EQ(stat(path, &status), 0);
  return static_cast<std::uint64_t>(status.st_size);
}

TEST(ConnectionFaultsTest, what_is_no_message_is_refused_and_the_next_one_received) {
  const std::uint64_t huge = 1ull << 40;
  const Packet packets[] = {
      {"cut off", {kMark}},
      {"another mark", {kMark + 1, 0}},
      {"longer than it says", {kMark, 7, 0}},
      {"shorter than it says", {kMark, 9, 0}},
      {"nearly without end", {kMark, ~0ull, 0}},
      {"a file too many", {kMark, 8, 0}, [] { return memory_of(8, 8); }},
      {"a file too short", {kMark, 10'000, 0}, [] { return memory_of(9'991, 9'991); }},
      {"a file too long", {kMark, 10'000, 0}, [] { return memory_of(9'993, 9'993); }},
      {"memory that is only promised", {kMark, huge}, [=] { return memory_of(5, off_t(huge)); }},
      {"a file on a disk",
       {kMark, size_of(kFile)},
       [] { return open(kFile, O_RDONLY | O_CLOEXEC); }},
      {"a device", {kMark, huge}, [] { return open("/dev/zero", O_RDONLY | O_CLOEXEC); }},
      {"a file that blocks", {kMark, 100'000}, [] { return eventfd(0, EFD_CLOEXEC); }},
  };
  auto [a, b] = Pipe();
  const int descriptors = chaos::open_descriptors();
  for (const Packet& packet : packets) {
    const Descriptor file(packet.file());
    const int files[] = {file.number()};
    ASSERT_EQ(
        twill::detail::send_packet(a.fileno(), std::as_bytes(std::span(packet.words)), {}, files),
        0);
    EXPECT_THROW(b.recv_bytes(), mp::DecodeError) << packet.what;
    a.send(1);
    EXPECT_EQ(b.recv<int>(), 1) << packet.what;
  }
  const Bytes endless(100'000);
  ASSERT_EQ(twill::detail::send_packet(a.fileno(), endless, {}, {}), 0);
  EXPECT_EQ(errno_of([&b] { b.recv_bytes(); }), EMSGSIZE);
  EXPECT_EQ(chaos::open_descriptors(), descriptors);
}

TEST(ConnectionFaultsTest, a_system_that_allows_little_for_sockets_will_do) {
  auto [a, b] = Pipe();
  const int little = 1;  // the system makes more of it
  ASSERT_EQ(setsockopt(a.fileno(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
  for (const std::size_t size : {10ul, 20'000ul, 300'000ul}) {
    const Bytes bytes(size, std::byte{7});
    a.send_bytes(bytes);
    EXPECT_EQ(b.recv_bytes(), bytes);
  }
}

TEST(ConnectionFaultsTest, without_memory_for_it_a_long_message_is_not_sent) {
  auto [a, b] = Pipe();
  twill::detail::refuse_after(twill::detail::Fault::memory_file, 0);
  EXPECT_EQ(errno_of([&a] { a.send(Bytes(100'000)); }), ENOSPC);
  twill::detail::refuse_no_more(twill::detail::Fault::memory_file);
  EXPECT_FALSE(b.poll());
  a.send(1);
  EXPECT_EQ(b.recv<int>(), 1);
}

/// As many pipes as there can be, of 10,000 descriptors, if the system allows for so many.
std::vector<std::pair<Connection, Connection>> all_pipes() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 10'000);
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<std::pair<Connection, Connection>> pipes;
  const int error = errno_of([&] {
    for (;;) pipes.push_back(Pipe());
  });
  EXPECT_EQ(error, EMFILE);
  while (dup(0) >= 0) continue;
  return pipes;
}

TEST(ConnectionFaultsTest, without_descriptors_left_what_needs_none_goes_on) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "UBSan needs a descriptor to look at objects";
  Child child([] {
    auto [a, b] = Pipe();
    a.send(Bytes(100'000));
    auto pipes = all_pipes();
    EXPECT_EQ(errno_of([&b] { b.recv_bytes(); }), EMFILE);  // and is gone
    EXPECT_EQ(errno_of([&a] { a.send(Bytes(100'000)); }), EMFILE);
    const std::stop_source source;
    EXPECT_EQ(errno_of([&] { b.poll(source.get_token()); }), EMFILE);
    EXPECT_FALSE(b.poll());
    std::vector<Connection*> ends;
    for (auto& [one, other] : pipes) {
      one.send(1);
      ends.push_back(&other);
    }
    EXPECT_EQ(mp::wait(ends, 0s), ends);
    for (Connection* end : ends) EXPECT_EQ(end->recv<int>(), 1);
    pipes.pop_back();
    a.send(Bytes(100'000));
    EXPECT_EQ(b.recv<Bytes>().size(), 100'000u);
    return !testing::Test::HasFailure();
  });
  EXPECT_TRUE(child.succeeds());
}

TEST(ConnectionFaultsTest, CN18_threads_and_processes_share_both_ends) {
  constexpr int kSenders = 6;
  constexpr int kEach = 300;
  using Taken = std::array<std::atomic<int>, kSenders * kEach>;
  const support::Common<Taken> taken;
  auto [in, out] = Pipe(false);
  const auto receive = [&taken, &in] {
    try {
      for (;;) {
        const auto message = in.recv<std::vector<int>>();
        if (std::ranges::count(message, message.at(0)) != std::ssize(message)) return;
        ++(*taken)[static_cast<std::size_t>(message[0])];
      }
    } catch (const twill::EOFError&) {
    }
  };
  const auto send = [&out](int sender) {
    for (int i = 0; i < kEach; ++i)
      out.send(std::vector<int>(i % 10 == 0 ? 30'000 : i, sender * kEach + i));
  };
  std::vector<Child> children;
  for (int c = 0; c < 3; ++c)
    children.emplace_back([&, c] {
      std::jthread other([&] { send(2 * c); });
      send(2 * c + 1);
      return true;
    });
  for (int c = 0; c < 2; ++c)
    children.emplace_back([&] {
      out.close();
      std::jthread other(receive);
      receive();
      return true;
    });
  out.close();
  for (Child& child : children) EXPECT_TRUE(child.succeeds());
  for (const std::atomic<int>& times : *taken) EXPECT_EQ(times, 1);
}

}  // namespace
