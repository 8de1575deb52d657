#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <twill/mp/decode_error.hpp>
#include <twill/mp/offer.hpp>

namespace offers {

/// Descriptors of its own: who takes an offer up closes them.
template <class T>
void expect_refused(twill::mp::detail::Offer offer) {
  for (int& file : offer.files) file = fcntl(file, F_DUPFD_CLOEXEC, 0);
  twill::mp::detail::Arrival arrival(offer);
  EXPECT_THROW(twill::mp::detail::Offering::make<T>(arrival), twill::mp::DecodeError);
}

}  // namespace offers
