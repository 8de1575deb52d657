#pragma once

#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/threading.hpp>

namespace bench {

/// Of the area `pool`: twill's pools beside CPython's.
void run_python_pools(twill::ThreadPool& pool);

}  // namespace bench
