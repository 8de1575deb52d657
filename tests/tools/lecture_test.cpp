// The lecture's programs, in every order: the bank, the integer, the count, the two trains, the
// philosophers, the reference counts.

#include <functional>
#include <mutex>
#include <set>
#include <utility>

#include <twill/sync/acquire_all.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::Thread;

/// What a variable is in the end, in all orders of two or more threads that change it.
class Ends {
 public:
  explicit Ends(int begin) : begin_(begin) {}

  using Change = std::function<void(Shared<int>&)>;
  std::set<int> of(const std::vector<Change>& changes, bool locked) {
    const auto found = twill::explore([&] {
      Lock lock;
      Shared value(begin_, "value");
      std::vector<Body> bodies;
      for (const Change& change : changes)
        bodies.emplace_back([&] {
          std::unique_lock hold(lock, std::defer_lock);
          if (locked) hold.lock();
          change(value);
        });
      run(bodies);
      ends_.insert(value);
    });
    EXPECT_TRUE(found.exhaustive) << found.report();
    EXPECT_EQ(found.finding, locked ? Finding::nothing : Finding::data_race) << found.report();
    return std::exchange(ends_, {});
  }

 private:
  const int begin_;
  std::set<int> ends_;
};

TEST(LectureTest, the_bank_ends_with_one_of_three_sums) {
  const auto salary = [](Shared<int>& balance) { balance += 2'000; };
  const auto auction = [](Shared<int>& balance) { balance -= 1'000; };
  Ends ends(10'000);
  EXPECT_EQ(ends.of({salary, auction}, false), (std::set{9'000, 11'000, 12'000}));
  EXPECT_EQ(ends.of({salary, auction}, true), (std::set{11'000}));
}

TEST(LectureTest, the_bank_loses_the_salary_step_by_step) {
  const auto found = expect_found(Finding::check, [] {
    Shared balance(10'000, "balance");
    Thread salary({.name = "salary"}, [&] { balance += 2'000; });
    Thread auction({.name = "auction"}, [&] { balance -= 1'000; });
    salary.start(), auction.start(), salary.join(), auction.join();
    check(balance > 9'000);
  });
  EXPECT_EQ(found.table,
            " step  main           salary       auction     balance\n"
            "    1  start salary\n"
            "    2  start auction\n"
            "    3                 read 10000               10000\n"
            "    4                              read 10000  10000\n"
            "    5                 write 12000              12000\n"
            "    6                              write 9000  9000\n"
            "    7  join salary\n"
            "    8  join auction\n"
            "    9  read 9000                               9000\n");
}

TEST(LectureTest, an_integer_is_increased_by_two) {
  const auto increase = [](Shared<int>& value) { ++value; };
  Ends ends(0);
  EXPECT_EQ(ends.of({increase, increase}, false), (std::set{1, 2}));
  EXPECT_EQ(ends.of({increase, increase}, true), (std::set{2}));
}

TEST(LectureTest, a_count_loses_all_but_two) {
  const auto count = [](Shared<int>& i) {
    for (int x = 0; x < 3; ++x) ++i;
  };
  Ends ends(0);
  EXPECT_EQ(ends.of({count, count}, false), (std::set{2, 3, 4, 5, 6}));
  EXPECT_EQ(ends.of({count, count}, true), (std::set{6}));
}

TEST(LectureTest, a_count_to_a_hundred_is_not_two_hundred) {
  const auto count_by = [](int threads) {
    Shared i(0, "i");
    run(std::vector<Body>(threads, [&] {
      for (int x = 0; x < 100; ++x) ++i;
    }));
    check(i == 100 * threads);
  };
  expect_proof([&] { count_by(1); });
  expect_found(Finding::check, [&] { count_by(2); });
}

TEST(LectureTest, two_trains_wait_for_each_other) {
  const auto cross = [](Lock& here, Lock& there) {
    const Hold on_this_track(here);
    const Hold on_that_track(there);
  };
  const auto found = expect_found(Finding::deadlock, [&] {
    Lock west;
    Lock east;
    run({[&] { cross(west, east); }, [&] { cross(east, west); }});
  });
  EXPECT_EQ(waits_for_locks(found.failure), 2) << found.failure;
  expect_proof([&] {
    Lock west;
    Lock east;
    run({[&] { cross(west, east); }, [&] { cross(west, east); }});
  });
}

TEST(LectureTest, a_train_that_steps_back) {
  expect_proof([] {
    Lock west;
    Lock east;
    const auto cross = [](Lock& here, Lock& there) {
      for (int attempt = 0; attempt < 3; ++attempt) {
        const std::unique_lock on_this_track(here);
        if (const std::unique_lock on_that_track(there, std::try_to_lock); on_that_track) return;
      }
    };
    run({[&] { cross(west, east); }, [&] { cross(east, west); }});
  });
}

TEST(LectureTest, trains_with_a_signal) {
  expect_silence(
      [] {
        Lock west;
        Lock east;
        run({[&] { const auto way = twill::acquire_all(west, east); },
             [&] { const auto way = twill::acquire_all(east, west); }});
      },
      {.runs = 500});
}

TEST(LectureTest, a_reference_count_loses_a_count) {
  const auto refer = [](bool guarded) {
    Lock gil;
    Shared references(1, "references");
    const auto copy = [&] {
      std::unique_lock hold(gil, std::defer_lock);
      if (guarded) hold.lock();
      ++references;
    };
    run({copy, copy});
    check(references == 3);
  };
  expect_cure(Finding::check, refer);
}

TEST(LectureTest, a_lock_for_each_object_deadlocks) {
  struct Object {
    Lock lock;
    int references = 1;
  };
  const auto found = expect_found(Finding::deadlock, [] {
    Object a;
    Object b;
    const auto exchange = [](Object& from, Object& to) {
      const Hold first(from.lock);
      const Hold second(to.lock);
      --from.references, ++to.references;
    };
    run({[&] { exchange(a, b); }, [&] { exchange(b, a); }});
  });
  EXPECT_EQ(waits_for_locks(found.failure), 2) << found.failure;
}

}  // namespace
}  // namespace patterns
