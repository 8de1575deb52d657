#pragma once

#include <string>

#include "team.hpp"

namespace bench {

/// What CPython prints that runs a program, which has no double quotes in it.
double python(const char* program, const std::string& arguments);

/// Millions of items a second through CPython's queue.Queue, measured by a child process.
double python_queue(Place place, unsigned producers, unsigned consumers, std::size_t capacity);

}  // namespace bench
