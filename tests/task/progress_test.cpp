// Paths: what can be iterated over, and whose the elements are; where the total comes from; plain
// lines, when they come, and where they cannot go.

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <forward_list>
#include <map>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/queue/queue.hpp>
#include <twill/task/progress.hpp>
#include <twill/task/wait.hpp>
#include <twill/thread/thread.hpp>

#include "support/child.hpp"

namespace {

using namespace std::chrono_literals;
using twill::Progress;

/// A pipe that takes the plain lines.
class Log {
 public:
  Log() {
    if (pipe2(ends_.data(), O_NONBLOCK) != 0) std::abort();
  }
  ~Log() {
    for (const int end : ends_) close(end);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  int file() const { return ends_[1]; }
  void close_reader() { close(std::exchange(ends_[0], -1)); }
  void fill() {
    while (write(file(), &ends_, 1) == 1) {
    }
    fcntl(file(), F_SETFL, 0);  // from now on a write would block
  }
  std::string text() const {
    std::string all(100'000, '\0');
    const ssize_t size = read(ends_[0], all.data(), all.size());
    all.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return all;
  }

 private:
  std::array<int, 2> ends_{};
};

class ProgressTest : public testing::Test {
 protected:
  twill::VirtualClock clock_;  // stands still, unless somebody sleeps
  Log log_;
};

TEST_F(ProgressTest, refers_to_the_elements_of_an_lvalue) {
  std::vector<int> numbers{1, 2, 3};
  for (auto& n : twill::progress(numbers, {.file = log_.file()})) n *= 2;
  EXPECT_EQ(numbers, (std::vector{2, 4, 6}));
  EXPECT_EQ(log_.text(), "100% 3/3, in 0:00\n");
}

TEST_F(ProgressTest, const_stays_const) {
  const std::vector<int> numbers{1, 2, 3};
  const int* next = numbers.data();
  for (auto& n : twill::progress(numbers, {.file = log_.file()})) {
    static_assert(std::is_same_v<decltype(n), const int&>);
    EXPECT_EQ(&n, next++);
  }
}

std::vector<std::unique_ptr<int>> pointers(int n) {
  std::vector<std::unique_ptr<int>> all;
  for (int i = 0; i < n; ++i) all.push_back(std::make_unique<int>(i));
  return all;
}

TEST_F(ProgressTest, owns_an_rvalue_also_of_what_can_only_be_moved) {
  std::vector<std::unique_ptr<int>> taken;
  for (auto& p : twill::progress(pointers(3), {.file = log_.file()})) taken.push_back(std::move(p));
  EXPECT_EQ(*taken[2], 2);
  EXPECT_EQ(log_.text(), "100% 3/3, in 0:00\n");
}

TEST_F(ProgressTest, a_range_that_can_only_be_gone_through_once) {
  std::vector<twill::Future<int>> futures(3);
  for (auto& future : futures) future.set_result(1);
  int sum = 0;
  for (auto& f : twill::progress(twill::as_completed(futures), {.total = 3, .file = log_.file()}))
    sum += f.result();
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(log_.text(), "100% 3/3, in 0:00\n");
}

TEST_F(ProgressTest, a_queue_does_not_know_how_many_will_come) {
  twill::Queue<std::unique_ptr<int>> queue;
  for (auto& p : pointers(3)) queue.put(std::move(p));
  queue.shutdown();
  for (auto& p : twill::progress(queue, {.file = log_.file()})) EXPECT_NE(p, nullptr);
  EXPECT_EQ(log_.text(), "3, in 0:00\n");
}

TEST_F(ProgressTest, elements_that_are_values_and_views) {
  int sum = 0;
  for (int n : twill::progress(std::views::iota(0, 5), {.file = log_.file()})) sum += n;
  auto even = std::views::iota(0, 5) | std::views::filter([](int n) { return n % 2 == 0; });
  for (int n : twill::progress(even, {.file = log_.file()})) sum += n;
  EXPECT_EQ(sum, 16);
  EXPECT_EQ(log_.text(), "100% 5/5, in 0:00\n3, in 0:00\n");
}

TEST_F(ProgressTest, is_a_range_itself) {
  std::forward_list<int> numbers{1, 2, 3};
  auto bar = twill::progress(numbers, {.file = log_.file()});
  static_assert(std::ranges::input_range<decltype(bar)>);
  int sum = 0;
  for (int n : bar | std::views::transform([](int i) { return 2 * i; })) sum += n;
  EXPECT_EQ(sum, 12);
  std::map<std::string, int> ages{{"a", 1}};
  for (auto& [name, age] : twill::progress(ages, {.file = log_.file()})) age += 1;
  EXPECT_EQ(ages["a"], 2);
}

TEST_F(ProgressTest, nothing_to_do) {
  for (int n : twill::progress(std::vector<int>(), {.label = "none", .file = log_.file()}))
    ADD_FAILURE() << n;
  EXPECT_EQ(log_.text(), "none 100% 0/0, in 0:00\n");
}

TEST_F(ProgressTest, the_options_say_the_total_before_the_range_does) {
  for (int n : twill::progress(std::vector{1, 2, 3}, {.total = 2, .file = log_.file()})) (void)n;
  EXPECT_EQ(log_.text(), "150% 3/2, in 0:00\n");
}

TEST_F(ProgressTest, an_exception_leaves_how_far_it_came) {
  const auto fail = [&] {
    for (int n : twill::progress(std::views::iota(0, 5), {.label = "x", .file = log_.file()}))
      if (n == 2) throw std::runtime_error("the third");
  };
  EXPECT_THROW(fail(), std::runtime_error);
  EXPECT_EQ(log_.text(), "x  40% 2/5, in 0:00\n");
}

TEST_F(ProgressTest, an_exception_of_the_range_goes_through) {
  std::vector<twill::Future<int>> futures(2);
  futures[0].set_result(1);
  const auto in_vain = [&] {
    for (auto& f : twill::progress(twill::as_completed(futures, 1ms), {.file = log_.file()}))
      EXPECT_EQ(f.result(), 1);
  };
  EXPECT_THROW(in_vain(), twill::TimeoutError);
  EXPECT_EQ(log_.text(), "1, 1k/s, in 0:00\n");
}

TEST_F(ProgressTest, plain_lines_come_less_and_less_often) {
  {
    Progress bar({.label = "frames", .total = 800, .file = log_.file()});
    for (int i = 0; i < 400; ++i) twill::sleep(500ms), bar.advance();
    EXPECT_EQ(bar.count(), 400u);
  }
  EXPECT_EQ(log_.text(),
            "frames   0% 2/800, 2/s, ETA 6:39\n"
            "frames   0% 4/800, 2/s, ETA 6:38\n"
            "frames   1% 8/800, 2/s, ETA 6:36\n"
            "frames   2% 16/800, 2/s, ETA 6:32\n"
            "frames   4% 32/800, 2/s, ETA 6:24\n"
            "frames   8% 64/800, 2/s, ETA 6:08\n"
            "frames  16% 128/800, 2/s, ETA 5:36\n"
            "frames  31% 248/800, 2/s, ETA 4:36\n"
            "frames  46% 368/800, 2/s, ETA 3:36\n"
            "frames  50% 400/800, 2/s, in 3:20\n");
}

TEST_F(ProgressTest, labels_are_cut_and_cannot_break_the_line) {
  {
    Progress bar({.label = "two\nlines\033[2J" + std::string(1000, 'x'), .file = log_.file()});
  }
  EXPECT_EQ(log_.text(), "two lines" + std::string(191, 'x') + " 0, in 0:00\n");
}

TEST_F(ProgressTest, any_thread_advances) {
  constexpr std::uint64_t kTimes = 10'000;
  Progress bar({.file = log_.file()});
  std::vector<twill::Thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < kTimes; ++i) bar.advance(2);
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(bar.count(), 4 * 2 * kTimes);
}

TEST_F(ProgressTest, a_reader_who_is_gone_does_not_matter) {
  log_.close_reader();
  Progress bar({.file = log_.file()});  // SIGPIPE would end the test
  twill::sleep(1s);
  bar.advance();
}

TEST_F(ProgressTest, a_reader_who_does_not_read_does_not_block) {
  log_.fill();
  Progress bar({.file = log_.file()});
  twill::sleep(1s);
  bar.advance();
}

TEST_F(ProgressTest, a_descriptor_that_is_not_open_does_not_matter) {
  Progress bar({.file = 1'000'000});
  twill::sleep(1s);
  bar.advance();
}

TEST_F(ProgressTest, the_child_of_a_fork_says_nothing) {
  {
    auto bar = std::make_unique<Progress>(twill::ProgressOptions{.file = log_.file()});
    const auto child = support::run_in_child([&] {
      twill::sleep(5s);
      bar->advance();
      bar.reset();
      Progress own({.label = "child", .file = log_.file()});
      return 0;
    });
    EXPECT_EQ(child.exit_code, 0) << child.text;
  }
  EXPECT_EQ(log_.text(), "child 0, in 0:00\n0, in 0:00\n");
}

}  // namespace
