#pragma once

#include <cstdint>
#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

struct QueueOptions {
  std::int64_t maxsize = 0;  ///< how many items it holds at most; zero and negative: unbounded
  std::string name = {};
};

TWILL_END
