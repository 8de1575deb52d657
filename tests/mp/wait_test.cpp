// Paths: nothing to wait for; none ready, one, several, all kinds; the end; time, stop; a closed
// one; from another process; an answer of copies and one of pointers.

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>
#include <list>
#include <stop_token>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <twill/mp/connection.hpp>
#include <twill/mp/wait.hpp>
#include <twill/platform/error.hpp>
#include <unistd.h>
#include <vector>

#include "platform/descriptor.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::until_asleep;
using twill::detail::Descriptor;
namespace mp = twill::mp;
using mp::Connection;

TEST(MpWaitTest, W1_none_is_ready_when_the_time_is_over) {
  auto [a, b] = mp::Pipe();
  const std::vector<int> none;
  EXPECT_TRUE(mp::wait(none, 0s).empty());
  EXPECT_TRUE(mp::wait({}, 0s).empty());
  EXPECT_TRUE(mp::wait(none, 5ms).empty());
  EXPECT_THROW(mp::wait(none), twill::ValueError);
  EXPECT_TRUE(mp::wait({a, b}, 0s).empty());
  EXPECT_TRUE(mp::wait({a, b}, 10ms).empty());
}

TEST(MpWaitTest, W2_all_kinds_are_mixed_and_the_end_counts) {
  auto [a, b] = mp::Pipe();
  auto [c, d] = mp::Pipe();
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const Descriptor socket(sockets[0]);
  const Descriptor other(sockets[1]);
  Child child([&b] { return b.recv<int>() == 1; });
  const Descriptor sentinel(static_cast<int>(syscall(SYS_pidfd_open, child.pid(), 0)));
  if (!sentinel) GTEST_SKIP() << "no pidfd";
  const auto ready = [&](twill::Timeout timeout) {
    return mp::wait({a, c, socket.number(), sentinel.number()}, timeout);
  };
  EXPECT_TRUE(ready(0s).empty());
  a.send(1);
  EXPECT_EQ(ready(twill::Timeout::never()), std::vector<mp::Waitable>{sentinel.number()});
  d.close();
  EXPECT_EQ(ready(0s), (std::vector<mp::Waitable>{c, sentinel.number()}));
  ASSERT_EQ(write(other.number(), "x", 1), 1);
  EXPECT_EQ(ready(0s), (std::vector<mp::Waitable>{c, socket.number(), sentinel.number()}));
  EXPECT_TRUE(std::ranges::count(ready(0s), mp::Waitable(c)) == 1);
  EXPECT_TRUE(child.succeeds());
}

TEST(MpWaitTest, W3_all_that_are_ready_are_answered_each_once) {
  std::vector<Connection> ends;
  std::list<Connection> others;
  for (int i = 0; i < 50; ++i) {
    auto [a, b] = mp::Pipe();
    ends.push_back(std::move(a));
    others.push_back(std::move(b));
  }
  for (const std::size_t i : {49u, 3u, 0u}) {
    ends[i].send(static_cast<int>(i));
    ends[i].send(-1);
  }
  std::vector<int> from;
  for (Connection* end : mp::wait(others)) from.push_back(end->recv<int>());
  EXPECT_EQ(from, (std::vector{0, 3, 49}));
  std::vector<Connection*> pointers;
  for (Connection& end : others) pointers.push_back(&end);
  EXPECT_EQ(mp::wait(pointers), (std::vector{pointers[0], pointers[3], pointers[49]}));
}

TEST(MpWaitTest, a_message_from_another_process_ends_it) {
  auto [a, b] = mp::Pipe();
  auto [c, d] = mp::Pipe();
  Child child([&a, &c] {
    const auto ready = mp::wait({a, c});
    return ready.size() == 1 && ready[0] == c && c.recv<int>() == 5;
  });
  until_asleep(child.pid());
  d.send(5);
  EXPECT_TRUE(child.succeeds());
}

TEST(MpWaitTest, stop_ends_it_and_a_closed_one_is_refused) {
  auto [a, b] = mp::Pipe();
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_THROW(mp::wait({a, b}, source.get_token()), twill::CancelledError);
  const auto errno_of_wait = [](const std::vector<int>& descriptors) {
    try {
      mp::wait(descriptors, 0s);
    } catch (const twill::OSError& error) {
      return error.code().value();
    }
    return 0;
  };
  const int gone = b.fileno();
  b.close();
  EXPECT_THROW(mp::wait({a, b}, 0s), twill::OSError);
  EXPECT_EQ(errno_of_wait({a.fileno(), gone}), EBADF);
  EXPECT_EQ(errno_of_wait({-1}), EBADF);
}

}  // namespace
