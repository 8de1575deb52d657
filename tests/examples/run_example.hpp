#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// Runs the programs of example/ as a user does, and takes apart what they print.
namespace examples {

using Lines = std::vector<std::string>;

struct Result {
  int status;  ///< exit status, or 128 + the number of the signal; 124 after a minute
  std::string out, err;
  std::chrono::duration<double> took;
};

enum class Clock {
  test,  ///< sleeps take no time and fall due in order
  real,
};

/// `command` is the name of an example, and its arguments.
Result run(const std::string& command, Clock clock = Clock::test);

/// What an example prints that has to succeed and to be silent on stderr.
std::string output_of(const std::string& command, Clock clock = Clock::test);
Lines lines_of(const std::string& command, Clock clock = Clock::test);

Lines split(const std::string& text);
Lines sorted(Lines lines);

/// How many of the lines match entirely.
std::ptrdiff_t count(const Lines& lines, const std::string& regex);

/// The place of the first line that matches; a failure if there is none.
std::size_t place(const Lines& lines, const std::string& regex);

/// What is in the brackets of the regex, which the line has to match; "" if it does not.
std::string extract(const std::string& line, const std::string& regex);

/// "Thread-1 says", ..., "Thread-n says": each `times` times, sorted.
Lines from_each_thread(int n, const std::string& before, const std::string& after, int times = 1);

}  // namespace examples
