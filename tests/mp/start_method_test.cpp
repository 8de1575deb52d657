// Paths, for each start method that makes a new program: what crosses; how the child ends; who it
// is; what it has of its parent: no statics, no main(), no descriptors; children of children.

#include <twill/mp/start_method.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <twill/platform/error.hpp>

#include "mp/chaos.hpp"
#include "mp/processes.hpp"
#include "mp/start_methods.hpp"
#include "support/child.hpp"

namespace {

namespace mp = twill::mp;
using chaos::open_descriptors;
using processes::for_ever;
using start_methods::code_of;
using start_methods::End;
using start_methods::end_of;

template <class Method>
class StartMethodTest : public start_methods::Test {};
TYPED_TEST_SUITE(StartMethodTest, start_methods::All, start_methods::Names);

void say(const std::string& text) { dprintf(STDERR_FILENO, "%s", text.c_str()); }
void say_sum(int a, double b) { say(std::to_string(static_cast<int>(a + b))); }
void cry() { throw std::runtime_error("no"); }

struct Order {
  std::string dish;
  std::map<int, std::vector<std::string>> tables;
};

void serve(const Order& order, unsigned char more) {
  for (const auto& [table, guests] : order.tables)
    for (const auto& guest : guests) say(order.dish + std::to_string(table) + guest + ' ');
  say(std::to_string(more));
}

struct Greeter {
  std::string greeting;
  void operator()(const std::string& name) const { say(greeting + name); }
};

TYPED_TEST(StartMethodTest, functions_and_what_they_get) {
  EXPECT_EQ(end_of(TypeParam(), say_sum, 2, 3), (End{0, "5"}));
  EXPECT_EQ(end_of(TypeParam(), &say_sum, 2, 3), (End{0, "5"}));
  EXPECT_EQ(end_of(TypeParam(), say, std::string("hello")), (End{0, "hello"}));
  EXPECT_EQ(end_of(TypeParam(), say, std::string(1'000'000, 'x')).text.size(), 1'000'000);
  const Order order{"soup", {{2, {"a", "b"}}, {7, {"c"}}}};
  EXPECT_EQ(end_of(TypeParam(), serve, order, 200), (End{0, "soup2a soup2b soup7c 200"}));
}

TYPED_TEST(StartMethodTest, lambdas_and_objects) {
  EXPECT_EQ(end_of(TypeParam(), [] { say("lambda"); }), (End{0, "lambda"}));
  EXPECT_EQ(
      end_of(TypeParam(), [](auto text) { say(text); }, std::string("auto")), (End{0, "auto"}));
  EXPECT_EQ(end_of(TypeParam(), Greeter{"good evening, "}, std::string("Ann")),
            (End{0, "good evening, Ann"}));
  using Sum = void (*)(int, double);
  EXPECT_EQ(end_of(TypeParam(), [](Sum f, int a) { f(a, 1); }, &say_sum, 4), (End{0, "5"}));
  EXPECT_EQ(end_of(
                TypeParam(), [](void (*f)()) { f(); }, &std::abort)
                .code,
            -SIGABRT)
      << "of another module";
}

TYPED_TEST(StartMethodTest, what_is_given_is_copied_when_the_process_is_made) {
  std::string text = "before";
  mp::Process process(TypeParam(), say, text);
  text = "after";
  testing::internal::CaptureStderr();
  process.start();
  process.join();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "before");
}

TYPED_TEST(StartMethodTest, P4_P5_ends) {
  EXPECT_EQ(code_of(TypeParam(), [] {}), 0);
  EXPECT_EQ(code_of(TypeParam(), [] { throw mp::SystemExit(300); }), 44);
  EXPECT_EQ(code_of(TypeParam(), [] { _exit(9); }), 9);
  EXPECT_EQ(code_of(TypeParam(), [] { std::exit(8); }), 8);
  EXPECT_EQ(code_of(TypeParam(), [] { raise(SIGKILL); }), -SIGKILL);
  EXPECT_EQ(end_of(TypeParam(), [] { throw mp::SystemExit("enough"); }), (End{1, "enough\n"}));
  EXPECT_EQ(end_of(TypeParam(), mp::ProcessOptions{.name = "baker"}, cry),
            (End{1, "Exception in process baker: std::runtime_error: no\n"}));
  EXPECT_EQ(end_of(TypeParam(), [] { std::fputs("held back", stderr); }), (End{0, "held back"}));
  EXPECT_EQ(code_of(TypeParam(),
                    [] {
                      std::atexit([] { _exit(77); });
                      throw mp::SystemExit(3);
                    }),
            3);
}

TYPED_TEST(StartMethodTest, P6_signals_and_the_sentinel) {
  mp::Process process(TypeParam(), for_ever);
  process.start();
  EXPECT_TRUE(process.is_alive());
  EXPECT_FALSE(process.try_join());
  process.terminate();
  pollfd end{process.sentinel(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 60'000), 1);
  EXPECT_EQ(process.exitcode(), -SIGTERM);
  EXPECT_THROW(process.start(), twill::RuntimeError);
}

std::string who() {
  const mp::Process self = mp::current_process();
  const auto parent = mp::parent_process();
  return self.name() + (self.daemon() ? " daemon " : " ") + std::to_string(self.pid() == getpid()) +
         ' ' + parent->name() + ' ' + std::to_string(*parent->pid()) + ' ' +
         std::to_string(parent->is_alive());
}

TYPED_TEST(StartMethodTest, P12_P13_P15_who_is_who) {
  const std::string parent = " 1 MainProcess " + std::to_string(getpid()) + " 1";
  const auto tell = [] { say(who()); };
  EXPECT_EQ(end_of(TypeParam(), mp::ProcessOptions{.name = "Ann"}, tell), (End{0, "Ann" + parent}));
  EXPECT_EQ(end_of(TypeParam(), mp::ProcessOptions{.name = "Bob", .daemon = true}, tell),
            (End{0, "Bob daemon" + parent}));
  mp::Process numbered(TypeParam(), [] {
    if (getppid() != *mp::parent_process()->pid()) throw mp::SystemExit(1);
    if (mp::Process([] {}).name() != mp::current_process().name() + ":1") throw mp::SystemExit(2);
  });
  EXPECT_EQ(numbered.name().substr(0, 8), "Process-");
  numbered.start();
  numbered.join();
  EXPECT_EQ(numbered.exitcode(), 0);
}

TYPED_TEST(StartMethodTest, daemons_have_no_children) {
  EXPECT_EQ(end_of(TypeParam(), mp::ProcessOptions{.name = "d", .daemon = true},
                   [] { mp::Process(TypeParam(), {.name = "child"}, [] {}).start(); }),
            (End{1,
                 "Exception in process d: twill::RuntimeError: start() of child: a daemonic "
                 "process may have no children\n"}));
}

int changed_by_the_parent = 1;
const std::string made = "made";

TYPED_TEST(StartMethodTest, statics_are_made_anew_and_main_is_not_entered) {
  changed_by_the_parent = 2;
  EXPECT_EQ(code_of(TypeParam(),
                    [] {
                      if (changed_by_the_parent != 1 || made != "made") throw mp::SystemExit(1);
                      // by main()
                      if (!testing::internal::GetArgvs().empty()) throw mp::SystemExit(2);
                      if (std::getenv("TWILL_SPAWN") != nullptr) throw mp::SystemExit(3);
                    }),
            0);
}

template <class Method, class Next>
void have_a_child(std::string text) {
  say(mp::current_process().name() + ' ');
  if constexpr (!std::is_void_v<Next>) {
    mp::Process child(Method(), have_a_child<Next, void>, text);
    child.start();
    child.join();
    throw mp::SystemExit(*child.exitcode() + 1);
  } else {
    say(text);
  }
}

TYPED_TEST(StartMethodTest, P12_children_have_children_by_any_method) {
  using namespace std::string_literals;
  for (const auto f : {&have_a_child<TypeParam, TypeParam>, &have_a_child<mp::Spawn, mp::Spawn>})
    EXPECT_EQ(end_of(TypeParam(), mp::ProcessOptions{.name = "p"}, f, "end"s).code, 1);
  const auto forks = [] {
    mp::Process child({.name = "forked"}, [] { have_a_child<TypeParam, TypeParam>("end"); });
    child.start();
    child.join();
    throw mp::SystemExit(*child.exitcode() + 1);
  };
  const End end = end_of(TypeParam(), forks);
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.text.find("forked "), std::string::npos) << end;
  EXPECT_EQ(end.text.substr(end.text.size() - 3), "end");
}

TYPED_TEST(StartMethodTest, a_forked_child_starts_such_processes_of_its_own) {
  code_of(TypeParam(), [] {});
  mp::Process forked([] {
    const auto code = code_of(TypeParam(), [] {
      if (getppid() != *mp::parent_process()->pid()) throw mp::SystemExit(1);
      throw mp::SystemExit(5);
    });
    throw mp::SystemExit(*code);
  });
  forked.start();
  forked.join();
  EXPECT_EQ(forked.exitcode(), 5);
}

/// Those that an exec leaves open.
int inherited_descriptors() {
  int count = 0;
  for (int file = 0; file < 1024; ++file) {
    const int flags = fcntl(file, F_GETFD);
    count += flags >= 0 && (flags & FD_CLOEXEC) == 0;
  }
  return count;
}

/// Beside those: the folder that is read, its own ".." and ".", and the descriptor of the parent.
void count_descriptors(int inherited, int own) {
  throw mp::SystemExit(open_descriptors() - inherited == own ? 0 : open_descriptors() - inherited);
}

TYPED_TEST(StartMethodTest, descriptors_do_not_leak_into_the_child_nor_stay_with_the_parent) {
  const auto result = support::run_in_child([] {
    const int inherited = inherited_descriptors();
    int before = 0;
    for (int i = 0; i < 20; ++i) {
      const bool daemon = i % 2 == 0;
      const auto code = code_of(TypeParam(), mp::ProcessOptions{.daemon = daemon},
                                count_descriptors, inherited, daemon ? 5 : 4);
      if (code != 0) return *code;
      if (i == 1) before = open_descriptors();
    }
    return open_descriptors() == before ? 0 : 100;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

TYPED_TEST(StartMethodTest, a_daemon_ends_with_a_program_that_ends) {
  processes::Witness witness;
  const auto result = support::run_in_child([] {
    mp::Process(TypeParam(), {.daemon = true}, for_ever).start();
    std::exit(0);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  EXPECT_TRUE(witness.sees_the_end());
}

TYPED_TEST(StartMethodTest, a_program_waits_for_children_that_nobody_joined) {
  const auto result = support::run_in_child([] {
    auto* const process = new mp::Process(TypeParam(), [] {
      usleep(5000);
      say("done");
    });
    process->start();
    std::exit(0);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.text, "done");
}

}  // namespace
