// Paths: in programs made at random, of two and three threads, the search that leaves out what is
// equivalent finds each class of interleavings once; what can fail is seen to fail.

#include <cstdint>
#include <iterator>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <string>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/queue/queue.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>

#include "support/sanitizers.hpp"
#include "tools/brute_force.hpp"

namespace brute_force {
namespace {

using namespace std::chrono_literals;
using twill::Hold;

/// Of them, about two in three have few enough interleavings for brute force.
constexpr std::uint64_t kPrograms = support::kThreadSanitizer ? 10 : 100;
constexpr std::uint64_t kMost = 1'000;
/// Further ones, with pairs of operations that are rare: permits waited for by two, and a condition
/// with a limit.
constexpr std::uint64_t kRare[] = {193, 209, 266, 370, 636, 752, 854, 874};

struct Objects {
  twill::Lock a, b, lock;
  twill::RWLock table;
  twill::Semaphore permits{1};
  twill::Event event;
  twill::Condition changed{lock};
  twill::Queue<int> queue{{.maxsize = 1}};
  twill::Shared<int> x{0, "x"}, y{0, "y"};
  twill::Atomic<int> z{0, "z"};
};

constexpr void (*kOperations[])(Objects&) = {
    [](Objects& o) { o.x = 1; },
    [](Objects& o) { o.x.get(); },
    [](Objects& o) { ++o.y; },
    [](Objects& o) { o.z.load(); },
    [](Objects& o) { o.z.fetch_add(1); },
    [](Objects& o) {
      if (o.z.load() == 1) o.z = 5;
    },
    [](Objects& o) {
      if (twill::choose(2) == 1) o.x = 3;
    },
    [](Objects&) { twill::sleep(1s); },
    [](Objects& o) { const Hold hold(o.a); },
    [](Objects& o) { const Hold hold(o.a), other(o.b); },
    [](Objects& o) { const Hold hold(o.b), other(o.a); },
    [](Objects& o) {
      const Hold hold(o.a);
      o.x = 2;
    },
    [](Objects& o) {
      const Hold hold(o.b);
      o.y.get();
    },
    [](Objects& o) { o.a.locked(); },
    [](Objects& o) {
      if (o.a.try_lock()) o.a.unlock();
    },
    [](Objects& o) {
      if (o.a.acquire(1s)) o.a.release();
    },
    [](Objects& o) {
      const std::shared_lock hold(o.table);
      o.x.get();
    },
    [](Objects& o) {
      const std::scoped_lock hold(o.table);
      o.y = 1;
    },
    [](Objects& o) { o.permits.acquire(); },
    [](Objects& o) { o.permits.acquire(1s); },
    [](Objects& o) { o.permits.release(); },
    [](Objects& o) { o.permits.value(); },
    [](Objects& o) { o.permits.acquire(), o.permits.release(); },
    [](Objects& o) { o.event.set(); },
    [](Objects& o) { o.event.clear(); },
    [](Objects& o) { o.event.is_set(); },
    [](Objects& o) { o.event.wait(); },
    [](Objects& o) { o.event.wait(1s); },
    [](Objects& o) {
      const Hold hold(o.lock);
      o.changed.wait(1s);
    },
    [](Objects& o) {
      const Hold hold(o.lock);
      o.changed.notify();
    },
    [](Objects& o) { o.queue.try_put(1); },
    [](Objects& o) { o.queue.try_put(1, 1s); },
    [](Objects& o) { o.queue.try_get(); },
    [](Objects& o) { o.queue.try_get(1s); },
};

/// The numbers of the operations of each thread: one to three of two, one or two of three.
using Program = std::vector<std::vector<std::size_t>>;

Program program_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Program program(random() % 3 == 0 ? 3 : 2);
  for (auto& thread : program) {
    thread.resize(1 + random() % (program.size() == 2 ? 3 : 2));
    for (std::size_t& operation : thread) operation = random() % std::size(kOperations);
  }
  return program;
}

void perform(const Program& program) {
  Objects objects;
  const auto thread = [&](std::size_t number) {
    return [&, number] {
      for (const std::size_t operation : program[number]) kOperations[operation](objects);
    };
  };
  if (program.size() == 2)
    run({thread(0), thread(1)});
  else
    run({thread(0), thread(1), thread(2)});
}

std::string text(const Program& program) {
  std::string text = "the operations are";
  for (const auto& thread : program) {
    for (const std::size_t operation : thread) text += ' ' + std::to_string(operation);
    text += &thread == &program.back() ? "" : ",";
  }
  return text;
}

/// What fails may leave classes out: the first failure ends an exploration. Answers whether brute
/// force was not too slow.
bool expect_the_same(const Program& program) {
  SCOPED_TRACE(text(program));
  const auto body = [&] { perform(program); };
  const Count brute = search(body, DepthFirst::Reduce::no, kMost);
  if (!brute.is_whole && !brute.fails) return false;
  const Count reduced = search(body, DepthFirst::Reduce::yes);
  EXPECT_EQ(reduced.fails, brute.fails);
  if (!brute.fails) expect_each_class_once(reduced, brute);
  return true;
}

TEST(RandomProgramsTest, each_class_comes_once_and_what_can_fail_does) {
  std::uint64_t compared = 0;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed)
    if (expect_the_same(program_of(seed))) ++compared;
  EXPECT_GE(compared, kPrograms / 2);
  for (const std::uint64_t seed : kRare) EXPECT_TRUE(expect_the_same(program_of(seed)));
}

}  // namespace
}  // namespace brute_force
