#pragma once

#include <concepts>
#include <exception>

#include <twill/platform/error.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/parallel_map.hpp>
#include <twill/task/task.hpp>
#include <twill/task/task_group.hpp>

TWILL_BEGIN
namespace detail {

/// ThreadPool, ThreadPoolExecutor, and what else has a crew.
template <class Pool>
concept HasCrew = requires(Pool& pool) {
  { pool.crew() } -> std::same_as<Crew&>;
};

/// Calls work(), which shares itself out among the crew: here, or in a worker if those have an
/// initializer. Throws what it throws, and as Crew::admits_caller().
template <class Work>
void work_at(Crew& crew, const Work& work) {
  if (crew.admits_caller()) return work();
  const auto closed = [&] {
    throw RuntimeError("a call of " + crew.name() + ", which was shut down");
  };
  sure_result(submit_to(crew, nullptr, SubmitOptions(), closed, [&work] { work(); }));
}

/// Calls left(), and right() side by side with it if somebody is free. If one of them throws the
/// other one may be left out; throws that, once neither runs.
template <class Left, class Right>
void in_parallel(Crew& crew, Left& left, Right& right) {
  CrewRef pool{crew};
  TaskGroup group(pool);
  group.run([&right] { right(); });
  try {
    left();
  } catch (...) {
    group.cancel();
    try {
      group.wait();
    } catch (...) {  // the left one's is thrown
    }
    throw;
  }
  group.wait();
}

}  // namespace detail
TWILL_END
