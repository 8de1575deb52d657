#pragma once

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

/// Bytes that are no value of the type that was asked for: damaged, cut off, or of another type.
/// The text names the type, what was wrong and where.
class TWILL_API DecodeError : public ValueError {
 public:
  using ValueError::ValueError;
};

}  // namespace mp
TWILL_END
