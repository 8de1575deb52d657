// Paths: both ways and one way; values, texts and bytes; slices; limits, stop; the end, before and
// after all was received; who writes to nobody; closed and moved from; another type; long messages,
// from 64 KiB on; a sender that is killed; signals.

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <twill/mp/connection.hpp>
#include <twill/platform/error.hpp>
#include <vector>

#include "support/children.hpp"
#include "support/errno_of.hpp"

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::errno_of;
using support::until_asleep;
namespace mp = twill::mp;
using mp::Connection;
using mp::Pipe;
using Bytes = std::vector<std::byte>;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
  return bytes;
}

struct Order {
  std::string item;
  std::vector<int> counts;
};

TEST(ConnectionTest, CN1_a_pipe_goes_both_ways) {
  auto [a, b] = Pipe();
  EXPECT_TRUE(a.readable() && a.writable() && b.readable() && b.writable());
  a.send(42);
  EXPECT_EQ(b.recv<int>(), 42);
  Child child([&b] {
    const auto order = b.recv<Order>();
    b.send(order.item + "s");
    return order.counts == std::vector{1, 2};
  });
  a.send(Order{"nut", {1, 2}});
  EXPECT_EQ(a.recv<std::string>(), "nuts");
  EXPECT_TRUE(child.succeeds());
}

TEST(ConnectionTest, CN2_a_one_way_pipe_refuses_the_other_way) {
  auto [in, out] = Pipe(false);
  EXPECT_TRUE(in.readable() && !in.writable() && !out.readable() && out.writable());
  EXPECT_EQ(errno_of([&in] { in.send(1); }), EBADF);
  EXPECT_EQ(errno_of([&in] { in.send_bytes("x"); }), EBADF);
  EXPECT_EQ(errno_of([&out] { out.recv<int>(); }), EBADF);
  EXPECT_EQ(errno_of([&out] { out.recv_bytes(); }), EBADF);
  EXPECT_EQ(errno_of([&out] { out.poll(); }), EBADF);
  out.send("text");
  EXPECT_EQ(in.recv<std::string>(), "text");
}

TEST(ConnectionTest, CN3_messages_keep_their_bounds_and_order) {
  auto [a, b] = Pipe();
  a.send_bytes("one");
  a.send_bytes("");
  a.send_bytes("three");
  EXPECT_EQ(b.recv_bytes().size(), 3u);
  EXPECT_TRUE(b.poll());
  EXPECT_EQ(b.recv_bytes().size(), 0u);
  EXPECT_EQ(b.recv_bytes().size(), 5u);
  EXPECT_FALSE(b.poll());
}

TEST(ConnectionTest, CN4_recv_blocks_until_there_is_a_message_or_the_end) {
  auto [a, b] = Pipe();
  Child child([&a, &b] {
    a.close();
    const bool got = b.recv<int>() == 1;
    try {
      b.recv<int>();
    } catch (const twill::EOFError&) {
      return got;
    }
    return false;
  });
  b.close();
  until_asleep(child.pid());
  a.send(1);
  until_asleep(child.pid());
  a.close();
  EXPECT_TRUE(child.succeeds());
}

TEST(ConnectionTest, CN5_what_was_sent_is_received_before_the_end_which_stays) {
  auto [a, b] = Pipe();
  b.send("nobody will read this");  // its end is reset, which must not take messages away
  a.send(1);
  a.send(2);
  a.close();
  EXPECT_EQ(b.recv<int>(), 1);
  EXPECT_EQ(b.recv<int>(), 2);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(b.poll());
    EXPECT_THROW(b.recv<int>(), twill::EOFError);
    EXPECT_THROW(b.recv_bytes(), twill::EOFError);
    EXPECT_THROW(b.try_recv<int>(), twill::EOFError);
  }
}

TEST(ConnectionTest, CN7_who_sends_to_nobody_is_told) {
  for (const bool unread : {false, true}) {
    auto [a, b] = Pipe();
    if (unread) a.send(1);
    b.close();
    for (int i = 0; i < 2; ++i) {
      EXPECT_THROW(a.send(1), twill::BrokenPipeError);  // and no SIGPIPE
      EXPECT_EQ(errno_of([&a] { a.try_send_bytes(pattern(100'000)); }), EPIPE);
    }
  }
}

TEST(ConnectionTest, CN7_who_waits_for_room_is_told_that_the_reader_died) {
  auto [a, b] = Pipe(false);
  Child reader([&a] { return a.recv<int>() == 1 && (pause(), true); });
  a.close();
  b.send(1);
  Child writer([&b] {
    try {
      for (;;) b.send(2);
    } catch (const twill::BrokenPipeError&) {
      return true;
    }
  });
  until_asleep(writer.pid());
  reader.kill();
  EXPECT_TRUE(writer.succeeds());
}

TEST(ConnectionTest, CN8_after_close_all_is_refused_but_close) {
  auto [a, b] = Pipe();
  EXPECT_FALSE(a.closed());
  EXPECT_GE(a.fileno(), 0);
  EXPECT_NE(fcntl(a.fileno(), F_GETFD) & FD_CLOEXEC, 0);
  a.close();
  a.close();
  EXPECT_TRUE(a.closed());
  Connection moved = std::move(b);
  for (Connection* gone : {&a, &b}) {  // NOLINT: moved from, and documented
    EXPECT_EQ(errno_of([=] { gone->send(1); }), EBADF);
    EXPECT_EQ(errno_of([=] { gone->recv<int>(); }), EBADF);
    EXPECT_EQ(errno_of([=] { gone->recv_bytes(); }), EBADF);
    EXPECT_EQ(errno_of([=] { gone->poll(); }), EBADF);
    EXPECT_EQ(errno_of([=] { gone->fileno(); }), EBADF);
  }
  auto [c, d] = Pipe();
  const int before = moved.fileno();
  moved = std::move(c);
  EXPECT_EQ(fcntl(before, F_GETFD), -1);
  d.send(3);
  EXPECT_EQ(moved.recv<int>(), 3);
  {
    const Connection gone = std::move(moved);
  }
  EXPECT_THROW(d.send(3), twill::BrokenPipeError);
}

TEST(ConnectionTest, CN9_poll_looks_waits_and_waits_for_ever) {
  auto [a, b] = Pipe();
  EXPECT_FALSE(b.poll());
  EXPECT_FALSE(b.poll(10ms));
  {
    std::stop_source source;
    std::jthread stopper([&] { source.request_stop(); });
    EXPECT_THROW(b.poll(source.get_token()), twill::CancelledError);
  }
  Child child([&b] { return b.poll(twill::Timeout::never()) && b.poll() && b.recv<int>() == 7; });
  until_asleep(child.pid());
  a.send(7);
  EXPECT_TRUE(child.succeeds());
}

TEST(ConnectionTest, limits_end_a_wait_and_nothing_was_sent_or_received) {
  auto [a, b] = Pipe();
  EXPECT_THROW(b.recv<int>(10ms), twill::TimeoutError);
  EXPECT_THROW(b.recv_bytes(0s), twill::TimeoutError);
  EXPECT_EQ(b.try_recv<int>(), std::nullopt);
  EXPECT_EQ(b.try_recv_bytes(5ms), std::nullopt);
  int sent = 0;
  while (a.try_send(sent)) ++sent;
  EXPECT_GT(sent, 50);
  EXPECT_THROW(a.send(-1, 10ms), twill::TimeoutError);
  EXPECT_THROW(a.send(pattern(1'000'000), 10ms), twill::TimeoutError);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_THROW(a.send(-1, source.get_token()), twill::CancelledError);
  EXPECT_FALSE(a.try_send(-1, 1h, source.get_token()));
  for (int i = 0; i < sent; ++i) ASSERT_EQ(b.recv<int>(), i);
  EXPECT_FALSE(b.poll());
  EXPECT_THROW(b.recv<int>(source.get_token()), twill::CancelledError);
  EXPECT_EQ(b.try_recv<int>(1h, source.get_token()), std::nullopt);
  a.send(5);
  EXPECT_EQ(b.recv<int>(source.get_token()), 5);
}

TEST(ConnectionTest, CN10_slices_are_sent_or_refused) {
  auto [a, b] = Pipe();
  const Bytes bytes = pattern(10);
  a.send_bytes(bytes, 4);
  EXPECT_EQ(b.recv_bytes(), Bytes(bytes.begin() + 4, bytes.end()));
  a.send_bytes(bytes, 2, 3);
  EXPECT_EQ(b.recv_bytes(), Bytes(bytes.begin() + 2, bytes.begin() + 5));
  a.send_bytes(bytes, 10);
  EXPECT_EQ(b.recv_bytes(), Bytes());
  EXPECT_THROW(a.send_bytes(bytes, -1), twill::ValueError);
  EXPECT_THROW(a.send_bytes(bytes, 11), twill::ValueError);
  EXPECT_THROW(a.send_bytes(bytes, 0, -1), twill::ValueError);
  EXPECT_THROW(a.send_bytes(bytes, 4, 7), twill::ValueError);
  EXPECT_THROW(a.send_bytes(bytes, 4, INT64_MAX), twill::ValueError);
  EXPECT_FALSE(b.poll());
}

TEST(ConnectionTest, CN11_maxlength_bounds_what_is_received) {
  auto [a, b] = Pipe();
  EXPECT_THROW(b.recv_bytes(-1), twill::ValueError);
  for (const std::size_t size : {5ul, 200'000ul}) {
    a.send_bytes(pattern(size));
    EXPECT_EQ(b.recv_bytes(static_cast<std::int64_t>(size)), pattern(size));
    a.send_bytes(pattern(size + 1));
    EXPECT_EQ(errno_of([&b, size] { b.recv_bytes(static_cast<std::int64_t>(size)); }), EMSGSIZE);
    a.send(1);
    EXPECT_EQ(b.recv<int>(), 1);  // the connection is whole
  }
}

TEST(ConnectionTest, CN13_messages_are_received_into_a_buffer) {
  auto [a, b] = Pipe();
  Bytes buffer(200'010);
  a.send_bytes(pattern(100));
  EXPECT_EQ(b.recv_bytes_into(buffer), 100u);
  EXPECT_TRUE(std::equal(buffer.begin(), buffer.begin() + 100, pattern(100).begin()));
  a.send_bytes(pattern(200'000));
  EXPECT_EQ(b.recv_bytes_into(buffer, 10), 200'000u);
  EXPECT_EQ(Bytes(buffer.begin() + 10, buffer.end()), pattern(200'000));
  EXPECT_THROW(b.recv_bytes_into(buffer, -1), twill::ValueError);
  EXPECT_THROW(b.recv_bytes_into(buffer, 200'011), twill::ValueError);
  a.send_bytes(pattern(2));
  EXPECT_EQ(errno_of([&b, &buffer] { b.recv_bytes_into(buffer, 200'009); }), EMSGSIZE);
  a.send_bytes("");
  EXPECT_EQ(b.recv_bytes_into(buffer, 200'010), 0u);
}

TEST(ConnectionTest, a_message_of_another_type_is_refused_and_gone) {
  auto [a, b] = Pipe();
  a.send(1);
  EXPECT_THROW(b.recv<float>(), mp::DecodeError);
  a.send_bytes("no value");
  EXPECT_THROW(b.recv<int>(), mp::DecodeError);
  a.send_bytes("");
  EXPECT_THROW(b.try_recv<int>(), mp::DecodeError);
  a.send(2);
  EXPECT_EQ(b.recv_bytes(), mp::to_bytes(2));
  EXPECT_FALSE(b.poll());
}

struct Nested {
  std::unique_ptr<Nested> inner;
};

TEST(ConnectionTest, CN16_what_cannot_be_serialised_sends_nothing) {
  auto [a, b] = Pipe();
  Nested outer;
  for (unsigned i = 0; i <= mp::kMaxDepth; ++i)
    outer = Nested{std::make_unique<Nested>(std::move(outer))};
  EXPECT_THROW(a.send(outer), twill::ValueError);
  EXPECT_FALSE(b.poll());
}

TEST(ConnectionTest, CN17_long_messages_pass_whole_and_wait_for_their_reader) {
  auto [a, b] = Pipe();
  for (const std::size_t size : {65'519ul, 65'520ul, 65'521ul, 65'536ul, 5'000'000ul}) {
    a.send_bytes(pattern(size));
    ASSERT_EQ(b.recv_bytes(), pattern(size)) << size;
  }
  const std::vector<int> values(1'000'000, 3);
  int sent = 0;
  while (a.try_send(values)) ++sent;
  EXPECT_GE(sent, 1);
  EXPECT_LT(sent, 100);
  Child child([&a, &values] { return a.send(values), true; });
  until_asleep(child.pid());
  for (int i = 0; i < sent + 1; ++i) ASSERT_EQ(b.recv<std::vector<int>>(), values);
  EXPECT_TRUE(child.succeeds());
}

TEST(ConnectionTest, what_was_sent_is_there_though_its_process_was_killed) {
  auto [a, b] = Pipe();
  Child child([&b] {
    b.send(pattern(3'000'000));
    ::kill(getpid(), SIGKILL);
    return true;
  });
  EXPECT_FALSE(child.succeeds());
  b.close();
  EXPECT_EQ(a.recv<Bytes>(), pattern(3'000'000));
  EXPECT_THROW(a.recv<int>(), twill::EOFError);
}

TEST(ConnectionTest, signals_break_no_message) {
  auto [a, b] = Pipe();
  Child child([&b] {
    struct sigaction action{};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);  // without SA_RESTART
    b.send(0);
    for (int i = 0; i < 300; ++i)
      if (b.recv<std::vector<int>>() != std::vector<int>(20'000 + i, i)) return false;
    for (int i = 0; i < 300; ++i) b.send(std::vector<int>(20'000 + i, i));
    return true;
  });
  b.close();
  EXPECT_EQ(a.recv<int>(), 0);
  std::jthread signals([&child](const std::stop_token& stop) {
    while (!stop.stop_requested()) ::kill(child.pid(), SIGUSR1), usleep(50);
  });
  for (int i = 0; i < 300; ++i) a.send(std::vector<int>(20'000 + i, i));
  for (int i = 0; i < 300; ++i)
    ASSERT_EQ(a.recv<std::vector<int>>(), std::vector<int>(20'000 + i, i));
  signals = {};
  EXPECT_TRUE(child.succeeds());
}

}  // namespace
