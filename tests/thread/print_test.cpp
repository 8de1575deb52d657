// Paths: one call, many threads, what stdio holds back, text larger than a pipe, errors.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/thread/print.hpp>
#include <twill/thread/thread.hpp>

namespace {

using twill::Thread;

/// Puts a pipe in the place of standard output for a while.
class Redirected {
 public:
  Redirected() : saved_(dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    if (pipe(ends_.data()) != 0) std::abort();
    dup2(ends_[1], STDOUT_FILENO);
    close(ends_[1]);
  }
  ~Redirected() { restore(); }

  /// All that was written.
  std::string text() {
    restore();
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = read(ends_[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }
  int reading_end() const { return ends_[0]; }

 private:
  void restore() {
    std::fflush(stdout);
    dup2(saved_, STDOUT_FILENO);
  }
  int saved_;
  std::array<int, 2> ends_{};
};

TEST(PrintTest, formats_and_adds_no_newline) {
  Redirected out;
  twill::print("{} + {} = {:.2f}", 1, "2", 3.0);
  twill::print("|\n");
  EXPECT_EQ(out.text(), "1 + 2 = 3.00|\n");
}

TEST(PrintTest, comes_after_what_stdio_holds_back) {
  Redirected out;
  std::printf("first ");
  twill::print("second ");
  std::printf("third");
  EXPECT_EQ(out.text(), "first second third");
}

TEST(PrintTest, lines_of_many_threads_stay_whole) {
  constexpr int kThreads = 8;
  constexpr int kLines = 100;
  Redirected out;
  std::vector<Thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < kLines; ++i) twill::print("{} Hello {}\n", t, std::string(20, 'x'));
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  std::istringstream lines(out.text());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    ASSERT_EQ(line.substr(1), " Hello xxxxxxxxxxxxxxxxxxxx");
  EXPECT_EQ(count, kThreads * kLines);
}

TEST(PrintTest, text_larger_than_the_pipe_arrives_in_full) {
  Redirected out;
  fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);  // the writing end is full again and again
  std::string received;
  Thread reader([&] {
    char buffer[1000];
    for (ssize_t n; received.size() < 1'000'001;) {
      n = read(out.reading_end(), buffer, sizeof buffer);
      if (n <= 0) break;
      received.append(buffer, static_cast<std::size_t>(n));
    }
  });
  reader.start();
  twill::print("{}\n", std::string(1'000'000, 'y'));
  reader.join();
  EXPECT_EQ(received.size(), 1'000'001u);
}

TEST(PrintTest, an_output_that_is_closed_is_an_error) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  int code = 0;
  {
    Redirected out;
    close(out.reading_end());
    try {
      twill::print("lost\n");
    } catch (const twill::OSError& error) {
      code = error.code().value();
    }
  }
  EXPECT_EQ(code, EPIPE);
  std::signal(SIGPIPE, before);
}

}  // namespace
