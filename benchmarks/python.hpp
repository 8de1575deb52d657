#pragma once

#include "team.hpp"

namespace bench {

/// Millions of items a second through CPython's queue.Queue, measured by a child process.
double python_queue(Place place, unsigned producers, unsigned consumers, std::size_t capacity);

}  // namespace bench
