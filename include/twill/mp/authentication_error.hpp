#pragma once

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace mp {

/// Who is at the other end of a socket did not show that it may be: the key is wrong, or the
/// process is another user's.
class TWILL_API AuthenticationError : public Error {
 public:
  using Error::Error;
};

}  // namespace mp
TWILL_END
