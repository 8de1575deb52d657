// Paths: one call at a time, and calls that wait for each other; proxies that are copied, sent,
// nested, forked, dropped; names; other processes; what is not exposed; processes that are killed.

#include <csignal>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include <twill/mp/connection.hpp>
#include <twill/mp/manager.hpp>
#include <twill/mp/process.hpp>
#include <twill/mp/queue.hpp>
#include <twill/thread/thread.hpp>

#include "mp/manager_client.hpp"
#include "mp/start_methods.hpp"
#include "support/child.hpp"

struct Event {
  char like[sizeof(twill::Event)];
};

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using mp::Manager;
using mp::Proxy;

struct Counter {
  int n = 0;
  int add(int by) { return n += by; }
  int get() const noexcept { return n; }
  void fail() { throw std::out_of_range("nine of five"); }
};

struct Overdrawn : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Of which there are so many in the server.
struct Counted {
  static inline twill::detail::atomic<int> alive{0};
  Counted() { alive.fetch_add(1); }
  ~Counted() { alive.fetch_sub(1); }
};

class ManagerTest : public start_methods::Test {
  std::optional<Manager> manager_{std::in_place};

 protected:
  void TearDown() override {
    manager_.reset();
    start_methods::Test::TearDown();
  }

  Manager& manager() { return *manager_; }
  Proxy<Counter> counter_ = manager_->make<Counter>();

  int server() {
    return counter_.with([](Counter&) { return int{getpid()}; });
  }
  int alive() {
    return counter_.with([](Counter&) { return Counted::alive.load(); });
  }
  /// The news of what processes drop, and of their end, comes on a way of its own.
  void await_alive(int count) {
    while (alive() != count) sched_yield();
  }
};

TEST_F(ManagerTest, MG1_the_constructor_starts_a_server_and_shutdown_ends_it) {
  Manager own;
  const auto counter = own.make<Counter>(3);
  EXPECT_NE(counter.with([](Counter&) { return int{getpid()}; }), getpid());
  EXPECT_EQ(counter.call<&Counter::n>(), 3);
  own.shutdown();
  own.shutdown();
  EXPECT_THROW(counter.call<&Counter::get>(), mp::PeerDied);
  EXPECT_THROW(own.make<Counter>(), mp::PeerDied);
  EXPECT_THROW(Manager::connect(own.address(), own.key()), mp::PeerDied);
}

TEST(ManagerStartTest, MG1_a_spawned_server_serves_as_well) {
  {
    Manager manager(mp::spawn);
    const auto counter = manager.make<Counter>();
    EXPECT_EQ(counter.call<&Counter::add>(5), 5);
    Manager moved = std::move(manager);
    EXPECT_EQ(moved.make<Counter>(1).call<&Counter::get>(), 1);
    EXPECT_THROW(manager.address(), twill::RuntimeError);
  }
  processes::expect_no_children();
}

TEST_F(ManagerTest, MG2_a_member_a_lambda_and_an_object_with_state_are_called) {
  EXPECT_EQ(counter_.call<&Counter::add>(5), 5);
  counter_.with([](Counter& c, int by) { c.n -= by; }, 3);
  EXPECT_EQ(counter_.call<&Counter::get>(), 2);
  EXPECT_EQ(counter_.with([](const Counter& c) -> const int& { return c.n; }), 2);
  struct Times {
    int factor;
    int operator()(Counter& c) const { return c.n *= factor; }
  };
  EXPECT_EQ(counter_.with(Times{4}), 8);
  const auto stock = manager().make<std::map<std::string, int>>();
  stock.with([](auto& all, const std::string& name) { all[name] += 3; }, std::string("pears"));
  EXPECT_EQ(stock.with([](auto& all) { return all; }).at("pears"), 3);
  const std::string longer(1 << 20, 'x');
  const auto text = manager().make<std::string>(longer);
  EXPECT_EQ(text.with([](std::string& all, const std::string& more) { return all += more; }, longer)
                .size(),
            2 << 20);
}

TEST_F(ManagerTest, MG3_an_object_is_called_by_one_at_a_time) {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int k = 0; k < 100; ++k)
        counter_.with([](Counter& c) {
          const int before = c.n;
          sched_yield();
          c.n = before + 1;
        });
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter_.call<&Counter::get>(), 400);
}

TEST_F(ManagerTest, MG3_calls_of_what_locks_itself_wait_for_each_other) {
  const auto queue = manager().make<twill::Queue<int>>(twill::QueueOptions{.maxsize = 1});
  const auto barrier = manager().make<twill::Barrier>(2);
  const auto event = manager().make<twill::Event>();
  const auto semaphore = manager().make<twill::Semaphore>(0);
  const auto lock = manager().make<twill::Lock>();
  lock.with([](auto& l) { l.acquire(); });
  twill::Thread other([&] {
    for (int i = 0; i < 10; ++i) queue.with([](auto& q, int n) { q.put(n); }, i);
    barrier.with([](auto& b) { b.wait(); });
    event.with([](auto& e) { e.wait(); });
    semaphore.with([](auto& s) { s.release(); });
    lock.with([](auto& l) { l.acquire(); });
  });
  other.start();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(queue.with([](auto& q) { return q.get(); }), i);
  barrier.with([](auto& b) { b.wait(); });
  event.call<&twill::Event::set>();
  semaphore.with([](auto& s) { s.acquire(); });
  lock.with([](auto& l) { l.release(); });
  other.join();
  lock.with([](auto& l) { l.release(); });
}

TEST_F(ManagerTest, MG4_an_exception_arrives_with_its_type) {
  EXPECT_THROW(counter_.call<&Counter::fail>(), std::out_of_range);
  EXPECT_THROW(counter_.with([](Counter&) { throw twill::Empty("none"); }), twill::Empty);
  try {
    counter_.with([](Counter&) { throw Overdrawn("by 3"); });
    FAIL();
  } catch (const mp::RemoteError& error) {
    EXPECT_EQ(error.text(), "by 3");
  }
  struct Refusing {
    explicit Refusing(int) { throw twill::ValueError("no"); }
  };
  EXPECT_THROW(manager().make<Refusing>(1), twill::ValueError);
  EXPECT_EQ(counter_.call<&Counter::add>(1), 1);
}

TEST_F(ManagerTest, MG6_proxies_inside_objects_are_live) {
  const auto list = manager().make<std::vector<Proxy<Counter>>>();
  list.with([](auto& all, const Proxy<Counter>& one) { all.push_back(one); }, counter_);
  counter_.call<&Counter::add>(7);
  EXPECT_EQ(list.with([](auto& all) { return all.at(0).template call<&Counter::add>(1); }), 8);
  const auto inner = list.with([](auto& all) { return all.at(0); });
  EXPECT_EQ(inner, counter_);
  inner.call<&Counter::add>(1);
  EXPECT_EQ(counter_.call<&Counter::get>(), 9);
}

TEST_F(ManagerTest, MG6_an_object_may_call_itself_by_a_proxy) {
  EXPECT_EQ(counter_.with(
                [](Counter& c, const Proxy<Counter>& self) {
                  c.n = 1;
                  return self.call<&Counter::add>(1);
                },
                counter_),
            2);
}

TEST_F(ManagerTest, MG6_a_proxy_that_only_an_answer_has_arrives) {
  const auto queue = manager().make<twill::Queue<Proxy<Counted>>>();
  for (int i = 0; i < 100; ++i) {
    queue.with([](auto& q, const Proxy<Counted>& one) { q.put(one); }, manager().make<Counted>());
    const auto got = queue.with([](auto& q) { return q.get(); });
    EXPECT_EQ(got.with([](Counted&) { return Counted::alive > 0; }), true);
  }
  await_alive(0);
}

TEST_F(ManagerTest, MG7_what_is_not_exposed_is_not_called) {
  using Request = mp::detail::Request;
  const auto client = mp::detail::Client::to(manager().address(), manager().key());
  const auto id = manager().make<Counted>();
  try {
    client->ask({Request::What::call, 1, 0xdead}, {}, "this one");
    FAIL();
  } catch (const mp::RemoteError& error) {
    EXPECT_NE(error.text().find("no call this one"), std::string::npos) << error.what();
  }
  const auto lambda = [](Counted&) {};
  using Right = mp::detail::Calling<Counted, decltype(lambda)>;
  const auto key = mp::detail::Entry<Right>::exposed.key();
  EXPECT_THROW(client->ask({Request::What::call, 1, key}, {}, ""), twill::RuntimeError);
  EXPECT_THROW(client->ask({Request::What::make, 0, key}, {}, ""), twill::RuntimeError);
  EXPECT_THROW(client->ask({Request::What(77)}, {}, ""), mp::DecodeError);
  EXPECT_EQ(counter_.call<&Counter::add>(1), 1);
}

TEST(ManagerKeyTest, MG7_types_and_calls_of_one_name_are_not_the_same) {
  EXPECT_NE(mp::detail::type_key<::Event>(), mp::detail::type_key<twill::Event>());
  const auto one = [](Counter& c) { return c.n; };
  const auto other = [](Counter& c) { return c.n; };
  using One = mp::detail::Calling<Counter, decltype(one)>;
  using Other = mp::detail::Calling<Counter, decltype(other)>;
  EXPECT_NE(mp::detail::Entry<One>::exposed.key(), mp::detail::Entry<Other>::exposed.key());
}

TEST_F(ManagerTest, MG9_an_object_lives_as_long_as_somebody_has_a_proxy_or_it_has_a_name) {
  auto one = manager().make<Counted>();
  EXPECT_EQ(alive(), 1);
  auto two = one;
  one = {};
  EXPECT_FALSE(one);
  EXPECT_THROW(one.with([](Counted&) {}), twill::RuntimeError);
  two.with([](Counted&) {});
  manager().publish("it", two);
  two = {};
  auto three = manager().find<Counted>("it");
  manager().unpublish("it");
  three.with([](Counted&) {});
  EXPECT_EQ(alive(), 1);
  three = {};
  await_alive(0);
}

TEST_F(ManagerTest, MG9_the_child_of_a_fork_holds_what_its_parent_held) {
  auto counted = manager().make<Counted>();
  auto [here, there] = mp::Pipe();
  mp::Process child([&, counted] {
    there.recv<int>();
    there.send(counted.with([](Counted&) { return Counted::alive.load(); }));
    processes::for_ever();
  });
  child.start();
  counted = {};
  here.send(1);
  EXPECT_EQ(here.recv<int>(), 1);
  EXPECT_EQ(alive(), 1);
  child.kill();  // and so drops what it has
  child.join();
  EXPECT_EQ(child.exitcode(), -SIGKILL);
}

TEST_F(ManagerTest, MG9_a_process_that_is_killed_holds_nothing) {
  auto counted = manager().make<Counted>();
  auto [here, there] = mp::Pipe();
  const pid_t child = fork();
  if (child == 0) {
    there.send(1);
    processes::for_ever();
  }
  here.recv<int>();
  counted = {};
  EXPECT_EQ(alive(), 1);
  kill(child, SIGKILL);
  await_alive(0);
  waitpid(child, nullptr, 0);
}

void add_to(const Proxy<Counter>& counter, int by) { counter.call<&Counter::add>(by); }

TEST_F(ManagerTest, MG11_proxies_are_sent_to_processes_of_every_kind) {
  EXPECT_EQ(start_methods::code_of(mp::spawn, &add_to, counter_, 1), 0);
  EXPECT_EQ(start_methods::code_of(mp::forkserver, &add_to, counter_, 10), 0);
  mp::Queue<std::pair<int, Proxy<Counter>>> queue;
  mp::Process child([&] {
    const auto [by, counter] = queue.get();
    add_to(counter, by);
  });
  child.start();
  queue.put({100, counter_});
  child.join();
  EXPECT_EQ(counter_.call<&Counter::get>(), 111);
}

void add_by_name(const std::string& address, const std::string& key) {
  const auto manager = Manager::connect(address, key);
  add_to(manager.find<Counter>("the counter"), 5);
  manager.publish("another", manager.make<Counter>(9));
}

TEST_F(ManagerTest, MG11_a_process_that_knows_address_and_key_finds_objects_by_name) {
  manager().publish("the counter", counter_);
  EXPECT_EQ(start_methods::code_of(mp::spawn, &add_by_name, manager().address(), manager().key()),
            0);
  EXPECT_EQ(counter_.call<&Counter::get>(), 5);
  EXPECT_EQ(manager().find<Counter>("another").call<&Counter::get>(), 9);
  EXPECT_THROW(manager().find<Counted>("another"), twill::RuntimeError);
  EXPECT_THROW(manager().find<Counter>("a third"), twill::ValueError);
  EXPECT_THROW(manager().unpublish("a third"), twill::ValueError);
  EXPECT_THROW(manager().publish("none", Proxy<Counter>()), twill::ValueError);
}

TEST_F(ManagerTest, MG11_a_wrong_key_is_refused) {
  std::string wrong = manager().key();
  wrong[5] = wrong[5] == '0' ? '1' : '0';
  for (const std::string& key : {wrong, std::string(), manager().key() + '0',
                                 manager().key().substr(1), std::string(100'000, 'x')})
    EXPECT_ANY_THROW(Manager::connect(manager().address(), key));
  EXPECT_THROW(Manager::connect(manager().address(), wrong), mp::AuthenticationError);
  EXPECT_THROW(Manager::connect("twill-nowhere", wrong), mp::PeerDied);
  EXPECT_THROW(Manager::connect("", wrong), twill::ValueError);
  EXPECT_THROW(Manager::connect(std::string(1000, 'x'), wrong), twill::ValueError);
  EXPECT_EQ(counter_.call<&Counter::add>(1), 1);
}

}  // namespace
