#pragma once

#include <concepts>

#include <twill/task/future.hpp>

TWILL_BEGIN

/// Whatever has calls made by somebody else and answers their futures: ThreadPool,
/// ThreadPoolExecutor, and what a program may write itself. Nothing else is asked of it.
///
///     template <twill::Executor E>
///     twill::Future<int> answer(E& executor) { return executor.submit([] { return 42; }); }
template <class E>
concept Executor = requires(E& executor, int (*f)()) {
  { executor.submit(f) } -> std::same_as<Future<int>>;
};

TWILL_END
