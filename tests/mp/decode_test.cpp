// Bytes that nobody vouches for.
//   cut off at every length, changed at every byte, longer than they should be
//   numbers of elements that cannot be; bools, alternatives and keys that cannot be
//   nested without end
//   memory is allocated for what the bytes can hold only

#include <twill/mp/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mp/samples.hpp"

namespace {

namespace mp = twill::mp;
using namespace samples;
using Bytes = std::vector<std::byte>;

/// A message by hand.
template <class... Parts>
Bytes joined(const Parts&... parts) {
  Bytes bytes;
  const auto add = [&](const auto& part) {
    Bytes more(mp::encoded_size(part));
    mp::encode(part, more);
    bytes.insert(bytes.end(), more.begin(), more.end());
  };
  (add(parts), ...);
  return bytes;
}

template <class T>
std::string error_of(const Bytes& bytes) try {
  mp::decode<T>(bytes);
  return "";
} catch (const mp::DecodeError& e) {
  return e.what();
}

constexpr std::uint64_t kHuge = std::uint64_t{1} << 61;

TEST(DecodeTest, a_message_that_is_cut_off_is_an_error) {
  const Bytes whole = mp::to_bytes(all());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(mp::from_bytes<All>(part), mp::DecodeError) << size;
  }
}

TEST(DecodeTest, a_message_with_any_byte_changed_is_an_error_or_another_value) {
  Bytes bytes = mp::to_bytes(all());
  int values = 0, errors = 0;
  for (std::byte& each : bytes) {
    const std::byte sound = each;
    for (int change = 1; change < 256; change = change * 2 + 1) {
      each = sound ^ static_cast<std::byte>(change);
      try {
        const All value = mp::from_bytes<All>(bytes);
        EXPECT_EQ(mp::from_bytes<All>(mp::to_bytes(value)).words, value.words);
        ++values;
      } catch (const mp::DecodeError&) {
        ++errors;
      }
    }
    each = sound;
  }
  EXPECT_GT(values, 0);
  EXPECT_GT(errors, 0);
  EXPECT_EQ(mp::from_bytes<All>(bytes), all());
}

TEST(DecodeTest, a_byte_too_many_is_an_error) {
  Bytes bytes = mp::to_bytes(all());
  bytes.push_back({});
  EXPECT_THROW(mp::from_bytes<All>(bytes), mp::DecodeError);
}

TEST(DecodeTest, errors_name_the_type_and_what_is_wrong_where) {
  EXPECT_EQ(error_of<int>({}),
            "these bytes are no int: 4 bytes are needed, and 0 are left, before byte 0");
  EXPECT_NE(error_of<Order>(joined(std::uint64_t{7})).find("Order: 7 elements"), std::string::npos);
  EXPECT_NE(error_of<bool>(joined('\2')).find("a bool is neither 0 nor 1"), std::string::npos);
  EXPECT_NE(error_of<int>(joined(1, 2)).find("4 bytes are left over"), std::string::npos);
}

TEST(DecodeTest, numbers_of_elements_that_cannot_be_are_errors) {
  for (const std::uint64_t count : {kHuge, ~std::uint64_t{}, kHuge / 8, std::uint64_t{3}}) {
    EXPECT_NE(error_of<std::string>(joined(count, 'x')), "");
    EXPECT_NE(error_of<std::vector<double>>(joined(count, 1.0)), "");
    EXPECT_NE(error_of<std::vector<bool>>(joined(count, true)), "");
    EXPECT_NE(error_of<std::vector<std::string>>(joined(count, std::uint64_t{})), "");
    EXPECT_NE(error_of<std::vector<std::tuple<>>>(joined(count, false)), "");
    EXPECT_NE((error_of<std::map<int, int>>(joined(count, 1, 1))), "");
    EXPECT_NE(error_of<std::set<char>>(joined(count, 'x')), "");
  }
}

TEST(DecodeTest, values_that_cannot_be_are_errors) {
  Bytes record = joined(all().record);
  record[offsetof(Record, flags)] = std::byte{2};
  EXPECT_NE(error_of<Record>(record), "");
  EXPECT_NE(error_of<std::optional<int>>(joined('\2', 1)), "");
  EXPECT_NE((error_of<std::variant<int, char>>(joined('\2', 1))), "");
  EXPECT_NE(error_of<std::vector<bool>>(joined(std::uint64_t{1}, '\2')), "");
  Bytes records = joined(std::vector{all().record, all().record});
  records[8 + sizeof(Record) + offsetof(Record, flags) + 1] = std::byte{0xff};
  EXPECT_NE(error_of<std::vector<Record>>(records), "");
  EXPECT_NE((error_of<std::map<int, char>>(joined(std::uint64_t{2}, 1, 'a', 1, 'b'))), "");
  EXPECT_EQ((error_of<std::multimap<int, char>>(joined(std::uint64_t{2}, 1, 'a', 1, 'b'))), "");
}

TEST(DecodeTest, nesting_without_end_is_an_error) {
  Bytes tree;
  Bytes list;
  for (int i = 0; i < 100'000; ++i) {
    for (const std::byte each : joined(1, std::uint64_t{1})) tree.push_back(each);
    for (const std::byte each : joined(1, true)) list.push_back(each);
  }
  EXPECT_NE(error_of<Tree>(tree).find("nested deeper than 256"), std::string::npos);
  EXPECT_NE(error_of<Node>(list).find("nested deeper than 256"), std::string::npos);
}

std::size_t allocated = 0;  ///< bytes that Counting gave, all in all

template <class T>
struct Counting {
  using value_type = T;
  Counting() = default;
  template <class U>
  Counting(const Counting<U>&) {}
  T* allocate(std::size_t count) {
    allocated += count * sizeof(T);
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* from, std::size_t count) { std::allocator<T>().deallocate(from, count); }
  bool operator==(const Counting&) const = default;
};
template <class T>
using Vector = std::vector<T, Counting<T>>;

struct Family {
  int number = 0;
  Vector<Family> children;
};

template <class T>
std::size_t allocated_by(const Bytes& bytes) {
  allocated = 0;
  EXPECT_NE(error_of<T>(bytes), "");
  return allocated;
}

TEST(DecodeTest, no_more_is_allocated_than_the_bytes_can_hold) {
  const Bytes zeros(10'000);
  for (std::uint64_t count = 1; count < 10'000; count += 7) {
    const Bytes bytes = joined(count, zeros);
    EXPECT_LE(allocated_by<Vector<Vector<int>>>(bytes), 3 * bytes.size());
    EXPECT_LE(allocated_by<Vector<double>>(bytes), bytes.size());
  }
}

TEST(DecodeTest, what_one_container_is_promised_is_not_promised_to_another) {
  // Each level says that it has as many children as there is room for in all that follows.
  Bytes bytes;
  constexpr std::size_t levels = 200, least = 12;
  for (std::size_t i = 0; i < levels; ++i)
    for (const std::byte each : joined(1, std::uint64_t{(levels - i - 1)})) bytes.push_back(each);
  EXPECT_LE(allocated_by<Family>(bytes), bytes.size() / least * sizeof(Family));
}

}  // namespace
