// Paths: callers and servers that are killed as they call; the process that made a manager is; what
// is no message, before and after the key; another user; no descriptors, threads or memory left.

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include <twill/mp/connection.hpp>
#include <twill/mp/manager.hpp>
#include <twill/mp/process.hpp>
#include <twill/thread/thread.hpp>

#include "mp/hall.hpp"
#include "mp/manager_wire.hpp"
#include "mp/readiness.hpp"
#include "mp/start_methods.hpp"
#include "platform/descriptor.hpp"
#include "platform/fault.hpp"
#include "platform/local_socket.hpp"
#include "platform/packet.hpp"
#include "platform/process.hpp"
#include "support/child.hpp"
#include "support/children.hpp"
#include "support/errno_of.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using mp::Manager;
using mp::Proxy;
using support::errno_of;
using twill::detail::Descriptor;
using Bytes = std::vector<std::byte>;

/// Of the server.
twill::detail::atomic<int> waiting{0}, cancelled{0}, dropped{0};
std::vector<int> files;

struct Site {
  int pid() { return getpid(); }
  int seen(int which) {
    return which == 0 ? waiting.load() : which == 1 ? cancelled.load() : dropped.load();
  }
};

struct Noted {
  ~Noted() { dropped.fetch_add(1); }
};

class ManagerFaultsTest : public start_methods::Test {
  std::optional<Manager> manager_{std::in_place};

 protected:
  void TearDown() override {
    manager_.reset();
    start_methods::Test::TearDown();
  }

  Manager& manager() { return *manager_; }
  Proxy<Site> site_ = manager_->make<Site>();

  void await(int which, int count) {
    while (site_.call<&Site::seen>(which) != count) sched_yield();
  }
  /// Until the server has read all that this process told it on its session, which it reads in
  /// turn.
  void await_news() {
    const int before = site_.call<&Site::seen>(2);
    manager().make<Noted>();
    await(2, before + 1);
  }
};

/// Takes an item of the queue, and notes when it begins and that it was cancelled.
constexpr auto take_item = [](twill::Queue<int>& queue, std::stop_token gone) {
  waiting.fetch_add(1);
  try {
    return queue.get(gone);
  } catch (const twill::CancelledError&) {
    cancelled.fetch_add(1);
    throw;
  }
};

TEST_F(ManagerFaultsTest, a_caller_that_is_killed_takes_nothing) {
  const auto queue = manager().make<twill::Queue<int>>();
  const pid_t child = fork();
  if (child == 0) {
    queue.with(take_item);
    _exit(1);
  }
  await(0, 1);
  kill(child, SIGKILL);
  await(1, 1);
  queue.with([](auto& q) { q.put(7); });
  EXPECT_EQ(queue.with([](auto& q) { return q.get(); }), 7);
  waitpid(child, nullptr, 0);
}

/// An attempt whose time is over before it began is not made, so that there are several.
TEST_F(ManagerFaultsTest, a_call_whose_time_is_over_is_told) {
  const auto object = manager().make<twill::Event>();
  const auto until_told = [](twill::Event&, std::stop_token gone) {
    while (!gone.stop_requested()) sched_yield();
    cancelled.fetch_add(1);
  };
  for (auto time = 1ms; site_.call<&Site::seen>(1) == 0; time *= 2) {
    try {
      object.within(time).with(until_told);
      ADD_FAILURE() << "nobody told it";
    } catch (const twill::TimeoutError& error) {
      EXPECT_NE(std::string(error.what()).find(manager().address()), std::string::npos);
    }
    await_news();
  }
  object.within(twill::Timeout::never()).call<&twill::Event::set>();
  EXPECT_TRUE(object.call<&twill::Event::is_set>());
}

TEST_F(ManagerFaultsTest, a_call_is_cancelled_by_a_stop_token) {
  const auto queue = manager().make<twill::Queue<int>>();
  std::stop_source stop;
  twill::Thread caller(
      [&] { EXPECT_THROW(queue.within(stop.get_token()).with(take_item), twill::CancelledError); });
  caller.start();
  await(0, 1);
  stop.request_stop();
  caller.join();
  await(1, 1);
  EXPECT_THROW(queue.within(stop.get_token()).with(take_item), twill::CancelledError);
  EXPECT_EQ(queue.call<&twill::Queue<int>::qsize>(), 0U);
}

/// The first call holds the object until the other, which waits for it, has given up.
TEST_F(ManagerFaultsTest, a_call_that_is_cancelled_in_line_is_not_made) {
  const auto busy = manager().make<int>(0);
  const auto go = manager().make<twill::Event>();
  twill::Thread holder([&] {
    busy.with(
        [](int& n, Proxy<twill::Event> until) {
          waiting.fetch_add(1);
          until.with([](twill::Event& e) { e.wait(); });
          n = 1;
        },
        go);
  });
  holder.start();
  await(0, 1);
  EXPECT_THROW(busy.within(1ms).with([](int& n) { n = -9; }), twill::TimeoutError);
  await_news();
  go.call<&twill::Event::set>();
  holder.join();
  EXPECT_EQ(busy.with([](int& n) { return n; }), 1);
}

TEST_F(ManagerFaultsTest, a_server_that_is_stopped_is_waited_for_as_long_as_was_said) {
  const int server = site_.call<&Site::pid>();
  support::stop(server);
  EXPECT_THROW(site_.within(1ms).call<&Site::pid>(), twill::TimeoutError);  // on a link that is
  EXPECT_THROW(site_.within(1ms).call<&Site::pid>(), twill::TimeoutError);  // and on a new one
  const pid_t child = fork();
  if (child == 0) {
    try {
      site_.within(1ms).call<&Site::pid>();  // before the server has heard of this process
    } catch (const twill::TimeoutError&) {
      _exit(3);
    }
    _exit(4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 3);
  kill(server, SIGCONT);
  EXPECT_EQ(site_.call<&Site::pid>(), server);
}

/// What the server knows of the calls of a process, by its own interface: an answer that was made
/// just before its cancel arrived gave holds to nobody, and the answer before it did not.
TEST(ManagerSessionTest, an_answer_in_vain_holds_nothing) {
  mp::detail::Session session;
  const auto first = std::make_shared<mp::detail::Kept<int>>(1);
  const auto second = std::make_shared<mp::detail::Kept<int>>(2);
  session.open_link(5);
  session.begin_request(5);
  EXPECT_TRUE(session.grant(5, {first}));
  session.cancel(5, 2);  // before the second request was read
  EXPECT_EQ(first.use_count(), 2);
  EXPECT_TRUE(session.begin_request(5).stop_requested());
  EXPECT_FALSE(session.grant(5, {second}));

  session.open_link(6);
  EXPECT_FALSE(session.begin_request(6).stop_requested());
  EXPECT_TRUE(session.grant(6, {second, second}));
  EXPECT_EQ(second.use_count(), 3);
  session.cancel(6, 1);
  EXPECT_EQ(second.use_count(), 1);
  session.cancel(9, 1);  // none

  session.open_link(7);  // whose thread has ended by the time of the news
  session.begin_request(7);
  EXPECT_TRUE(session.grant(7, {second}));
  session.close_link(7);
  session.cancel(7, 1);
  EXPECT_EQ(second.use_count(), 1);

  session.open_link(8);  // whose answer was read
  session.begin_request(8);
  EXPECT_TRUE(session.grant(8, {second}));
  session.close_link(8);
  session.cancel(8, 0);
  EXPECT_EQ(second.use_count(), 2);
  session.end();
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(second.use_count(), 1);
  EXPECT_TRUE(session.begin_request(6).stop_requested());
  EXPECT_FALSE(session.grant(6, {second}));
}

int wait_for(const Proxy<twill::Event>& event) {
  try {
    event.with([](auto& e) {
      waiting.fetch_add(1);
      e.wait();
    });
  } catch (const mp::PeerDied& died) {
    return std::string(died.what()).starts_with("the server of the manager at twill-") ? 4 : 5;
  }
  return 6;
}

TEST_F(ManagerFaultsTest, callers_learn_that_the_server_was_killed) {
  const auto event = manager().make<twill::Event>();
  twill::Thread here([&] { EXPECT_EQ(wait_for(event), 4); });
  mp::Process there([event] { throw mp::SystemExit(wait_for(event)); });
  there.start();
  here.start();
  await(0, 2);
  kill(site_.call<&Site::pid>(), SIGKILL);
  here.join();
  there.join();
  EXPECT_EQ(there.exitcode(), 4);
  EXPECT_THROW(site_.call<&Site::pid>(), mp::PeerDied);
  EXPECT_THROW(manager().make<Site>(), mp::PeerDied);
  EXPECT_THROW(manager().find<Site>("x"), mp::PeerDied);
}

TEST_F(ManagerFaultsTest, the_server_ends_with_the_process_that_made_it) {
  auto [here, there] = mp::Pipe();
  const pid_t child = fork();
  if (child == 0) {
    const Manager own;
    there.send(own.make<Site>().call<&Site::pid>());
    processes::for_ever();
  }
  const Descriptor server(twill::detail::open_process(here.recv<int>()));
  ASSERT_TRUE(server);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(mp::detail::await_ready(server.number(), POLLIN, {}));
}

Descriptor stranger(const Manager& manager) {
  return Descriptor(twill::detail::connect_locally(manager.address()));
}

/// Whether the server has hung up, whatever it says before.
bool sees_the_end(const Descriptor& socket) {
  Bytes some(1000);
  for (;;) {
    const ssize_t size = recv(socket.number(), some.data(), some.size(), 0);
    if (size == 0 || (size < 0 && errno != EINTR && errno != ECONNRESET)) return size == 0;
  }
}

TEST_F(ManagerFaultsTest, garbage_ends_its_link_and_no_other) {
  const Bytes garbage[] = {Bytes(1), Bytes(16, std::byte{0x5a}), Bytes(60'000, std::byte{1})};
  for (const Bytes& bytes : garbage) {
    const Descriptor socket = stranger(manager());
    ASSERT_EQ(twill::detail::send_packet(socket.number(), bytes, {}, {}), 0);
    EXPECT_TRUE(sees_the_end(socket));
  }
  for (const Bytes& bytes : garbage) {
    mp::Connection session = mp::detail::connection_on(stranger(manager()).release());
    session.send(mp::detail::Hello{manager().key(), 1, 0});
    ASSERT_EQ(session.recv_bytes(), Bytes{mp::detail::kResult});
    ASSERT_EQ(twill::detail::send_packet(session.fileno(), bytes, {}, {}), 0);
    EXPECT_THROW(session.recv_bytes(), twill::EOFError);
  }
  mp::Connection link = mp::detail::connection_on(stranger(manager()).release());
  link.send(mp::detail::Hello{manager().key(), 0xabc, 1});  // no such session
  EXPECT_EQ(link.recv_bytes().at(0), mp::detail::kFailure);
  EXPECT_THROW(link.recv_bytes(), twill::EOFError);
  EXPECT_GT(site_.call<&Site::pid>(), 0);
}

TEST_F(ManagerFaultsTest, requests_that_are_none_are_answered_with_an_error) {
  mp::Connection session = mp::detail::connection_on(stranger(manager()).release());
  session.send(mp::detail::Hello{manager().key(), 77, 0});
  session.recv_bytes();
  mp::Connection link = mp::detail::connection_on(stranger(manager()).release());
  link.send(mp::detail::Hello{manager().key(), 77, 1});
  ASSERT_EQ(link.recv_bytes(), Bytes{mp::detail::kResult});
  const mp::detail::Note drop{mp::detail::Note::What::drop, 12'345};
  EXPECT_EQ(
      twill::detail::send_packet(session.fileno(), std::as_bytes(std::span(&drop, 1)), {}, {}), 0);
  for (const std::size_t size : {0, 1, 23, 24, 25, 1000, 100'000})
    for (const int byte : {0, 1, 2, 3, 4, 5, 6, 255}) {
      Bytes request(size);
      if (size > 0) request[0] = static_cast<std::byte>(byte);
      link.send_bytes(request);
      const Bytes answer = link.recv_bytes();
      ASSERT_FALSE(answer.empty());
      if (byte != 2 || size < 24) {
        EXPECT_NE(answer[0], mp::detail::kResult) << size << ' ' << byte;
      }
    }
  EXPECT_GT(site_.call<&Site::pid>(), 0);
}

TEST_F(ManagerFaultsTest, another_user_is_turned_away_by_both) {
  if (geteuid() != 0) GTEST_SKIP() << "who is not root cannot be somebody else";
  const auto result = support::run_in_child([this] {
    if (seteuid(65'534) != 0) return 3;
    const Descriptor socket = stranger(manager());
    if (!sees_the_end(socket)) return 4;
    try {
      Manager::connect(manager().address(), std::string(64, '0'));
    } catch (const mp::AuthenticationError&) {
      return 5;
    }
    return 6;
  });
  EXPECT_EQ(result.exit_code, 5) << result.text;
}

void use_up_descriptors() {
  for (int file; (file = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) files.push_back(file);
}

TEST_F(ManagerFaultsTest, a_server_without_descriptors_says_so_and_goes_on) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "UBSan looks at objects through a pipe";
  site_.with([](Site&) {
    rlimit limit{256, 256};
    setrlimit(RLIMIT_NOFILE, &limit);
    use_up_descriptors();
  });
  EXPECT_EQ(errno_of([this] { Manager::connect(manager().address(), manager().key() + "0"); }),
            EMFILE);
  EXPECT_EQ(errno_of([this] { manager().make<std::string>(std::string(100'000, 'x')); }), EMFILE);
  EXPECT_EQ(errno_of([this] { site_.with([](Site&) { return Bytes(100'000); }); }), EMFILE);
  site_.with([](Site&) {
    for (const int file : files) close(file);
  });
  EXPECT_THROW(Manager::connect(manager().address(), manager().key() + "0"),
               mp::AuthenticationError);
  EXPECT_EQ(site_.with([](Site&) { return Bytes(100'000); }).size(), 100'000u);
}

TEST_F(ManagerFaultsTest, a_server_without_threads_says_so_and_goes_on) {
  using twill::detail::Fault;
  site_.with([](Site&) { twill::detail::refuse_after(Fault::thread_create, 0); });
  EXPECT_EQ(errno_of([this] { Manager::connect(manager().address(), manager().key() + "0"); }),
            EAGAIN);
  site_.with([](Site&) { twill::detail::refuse_no_more(Fault::thread_create); });
  EXPECT_THROW(Manager::connect(manager().address(), manager().key() + "0"),
               mp::AuthenticationError);
}

TEST_F(ManagerFaultsTest, a_process_without_descriptors_is_told) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "UBSan looks at objects through a pipe";
  const auto result = support::run_in_child([this] {
    rlimit limit{256, 256};
    setrlimit(RLIMIT_NOFILE, &limit);
    use_up_descriptors();
    if (errno_of([this] { site_.call<&Site::pid>(); }) != EMFILE) return 3;
    if (errno_of([] { const Manager none; }) != EMFILE) return 4;
    close(files.back());         // for the start times of processes, which a fork looks up
    const pid_t child = fork();  // has nothing to ask with: that takes two
    if (child == 0) {
      try {
        site_.call<&Site::pid>();
      } catch (const twill::RuntimeError&) {
        _exit(5);
      }
      _exit(6);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  });
  EXPECT_EQ(result.exit_code, 5) << result.text;
  EXPECT_GT(site_.call<&Site::pid>(), 0);
}

TEST_F(ManagerFaultsTest, a_manager_that_cannot_be_is_an_error) {
  EXPECT_EQ(start_methods::code_of(mp::forkserver, [] {}), 0);
  mp::Process daemon({.daemon = true}, [] {
    try {
      const Manager none;
    } catch (const twill::RuntimeError&) {
      throw mp::SystemExit(4);
    }
  });
  daemon.start();
  daemon.join();
  EXPECT_EQ(daemon.exitcode(), 4);
}

}  // namespace
