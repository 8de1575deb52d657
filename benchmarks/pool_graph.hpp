#pragma once

#include <twill/task/thread_pool.hpp>

namespace bench {

/// Of the area `pool`: what a node of a graph costs.
void run_graph(twill::ThreadPool& pool);

}  // namespace bench
