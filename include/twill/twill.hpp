#pragma once

/// twill: Python's concurrency toolbox for C++20. This header is the table of contents.

// The door: what all waits share.
#include <twill/park/clock.hpp>      // now, sleep, VirtualClock
#include <twill/park/deadline.hpp>   // Clock, Timeout
#include <twill/park/deadlock.hpp>   // DeadlockPolicy
#include <twill/platform/error.hpp>  // RuntimeError, ValueError, TimeoutError, DeadlockError, ...

// sync: locks and what is made of them.
#include <twill/sync/acquire_all.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/bounded_semaphore.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/guarded.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

// thread: threads, what belongs to each, and their output.
#include <twill/thread/excepthook.hpp>
#include <twill/thread/local.hpp>
#include <twill/thread/make_thread.hpp>
#include <twill/thread/print.hpp>
#include <twill/thread/run_main.hpp>
#include <twill/thread/start_new_thread.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>  // current_thread, enumerate, active_count, stack_size, ...
#include <twill/thread/timer.hpp>

// queue: handing items over.
#include <twill/queue/basic_queue.hpp>  // with a discipline of one's own
#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/prioritized.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>
#include <twill/queue/simple_queue.hpp>

// task: work for every processor, its results, and how far it came.
#include <twill/task/algorithms.hpp>  // for_each, transform, reduce, transform_reduce
#include <twill/task/error.hpp>       // InvalidStateError, BrokenThreadPool
#include <twill/task/executor.hpp>
#include <twill/task/future.hpp>
#include <twill/task/graph.hpp>
#include <twill/task/progress.hpp>  // progress, Progress
#include <twill/task/sort.hpp>
#include <twill/task/starvation.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>  // ThreadPool, AsyncResult
#include <twill/task/thread_pool_executor.hpp>
#include <twill/task/wait.hpp>  // wait, as_completed

// mp: processes, what they share, and what crosses between them. <twill/mp/cereal.hpp>, which needs
// cereal, is apart.
#include <twill/mp/array.hpp>  // Array; RawArray
#include <twill/mp/barrier.hpp>
#include <twill/mp/bounded_semaphore.hpp>
#include <twill/mp/condition.hpp>
#include <twill/mp/connection.hpp>  // Pipe, Connection
#include <twill/mp/event.hpp>
#include <twill/mp/failure.hpp>  // exceptions
#include <twill/mp/joinable_queue.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/manager.hpp>  // Manager, Proxy
#include <twill/mp/pool.hpp>     // Pool, WorkerLost
#include <twill/mp/process.hpp>  // Process, current_process, active_children, ...
#include <twill/mp/process_pool_executor.hpp>
#include <twill/mp/queue.hpp>
#include <twill/mp/remote_error.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/mp/rwlock.hpp>
#include <twill/mp/semaphore.hpp>
#include <twill/mp/serialize.hpp>  // to_bytes, from_bytes, Codec, DecodeError
#include <twill/mp/shared.hpp>     // Shared, SharedVector, SharedMap
#include <twill/mp/shared_memory.hpp>
#include <twill/mp/simple_queue.hpp>
#include <twill/mp/value.hpp>  // Value, RawValue
#include <twill/mp/wait.hpp>
