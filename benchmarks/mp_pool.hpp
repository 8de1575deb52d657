#pragma once

namespace bench {

/// Of the area `mp`: pools of processes beside CPython's.
void run_process_pools();

}  // namespace bench
