#pragma once

namespace bench {

/// Of the area `mp`: processes that start and end, by each method, also from a large parent.
void run_process_starts();

}  // namespace bench
