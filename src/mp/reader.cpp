#include <twill/mp/reader.hpp>

#include <fmt/format.h>

#include <twill/mp/serialize.hpp>
#include <twill/mp/writer.hpp>

TWILL_BEGIN
namespace mp {

void Reader::fail(std::string_view what) const {
  throw DecodeError(
      fmt::format("these bytes are no {}: {}, before byte {}", type_, what, at_ - begin_));
}

void Reader::fail_short(std::size_t size) const {
  fail(fmt::format("{} bytes are needed, and {} are left", size, left()));
}

void Reader::fail_count(std::size_t count, std::size_t least) const {
  fail(fmt::format("{} elements of at least {} bytes cannot be in {}", count, least, left()));
}

void Reader::fail_deep() const { fail(fmt::format("nested deeper than {}", kMaxDepth)); }

void Reader::fail_long() const { fail(fmt::format("{} bytes are left over", left())); }

void Reader::fail_bool() const { fail("a bool is neither 0 nor 1"); }

namespace detail {

void throw_too_deep() {
  throw ValueError(fmt::format("a value is nested deeper than {}, and is not sent", kMaxDepth));
}

void throw_no_room() { throw ValueError("a value needs more bytes than there is room for"); }

void throw_other_type(std::string_view type) {
  throw DecodeError(
      fmt::format("a message is of another type than {}, or of another version of it", type));
}

}  // namespace detail
}  // namespace mp
TWILL_END
