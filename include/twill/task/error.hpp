#pragma once

#include <twill/platform/error.hpp>

TWILL_BEGIN

/// A Future that is not in the state for that: a result for one that has one, or was cancelled.
class TWILL_API InvalidStateError : public Error {
 public:
  using Error::Error;
};

/// A pool whose initializer has failed.
class TWILL_API BrokenThreadPool : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

TWILL_END
