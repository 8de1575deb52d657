// Values as bytes and back.

#include <twill/mp/serialize.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "mp/samples.hpp"

namespace mp = twill::mp;

/// With private parts: knows how it crosses.
class Account {
 public:
  Account(std::string owner, long cents) : owner_(std::move(owner)), cents_(cents) {}
  const std::string& owner() const { return owner_; }
  long cents() const { return cents_; }
  bool operator==(const Account&) const = default;

 private:
  std::string owner_;
  long cents_;
};

/// With private parts that are nothing but their bytes.
class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}
  bool operator==(const Money&) const = default;

 private:
  long cents_;
};

template <>
struct twill::mp::Codec<Account> {
  static void encode(auto& out, const Account& account) {
    out.write(account.owner());
    out.write(account.cents());
  }
  static Account decode(Reader& in) {
    auto owner = in.read<std::string>();
    if (owner.empty()) in.fail("an account has an owner");
    return Account(std::move(owner), in.read<long>());
  }
};

template <>
inline constexpr bool twill::mp::by_copy<Money> = true;

namespace {

using namespace samples;

template <class T>
void expect_round_trip(const T& value) {
  SCOPED_TRACE(mp::detail::type_name<T>());
  EXPECT_EQ(mp::from_bytes<T>(mp::to_bytes(value)), value);
  std::vector<std::byte> bytes(mp::encoded_size(value) + 1);
  const std::span<std::byte> unaligned = std::span(bytes).subspan(1);
  EXPECT_EQ(mp::encode(value, unaligned), unaligned.size());
  EXPECT_EQ(mp::decode<T>(unaligned), value);
}

TEST(SerializeTest, a_value_is_bytes_and_again_a_value) {
  const std::vector<std::byte> bytes = mp::to_bytes(Order{"nut", 12, 0.5});
  const auto order = mp::from_bytes<Order>(bytes);
  EXPECT_EQ(order.item, "nut");
  EXPECT_EQ(order.pieces, 12);
  EXPECT_EQ(order.price, 0.5);
}

TEST(SerializeTest, everything_survives) {
  expect_round_trip(all());
  expect_round_trip(All{});
  expect_round_trip(42);
  expect_round_trip(std::vector<double>{1, 2, 3});
  expect_round_trip(std::string("text with \0 in it", 17));
  expect_round_trip(std::tuple<>());
  expect_round_trip(std::tuple<const std::string, const int>("a", 1));
  expect_round_trip(std::vector{std::optional<const std::string>("a")});
  expect_round_trip(std::vector<std::tuple<>>(3));
  expect_round_trip(std::vector<std::monostate>(3));
  expect_round_trip(std::map<int, std::optional<std::vector<std::string>>>{{1, {}}, {2, {{"a"}}}});
}

TEST(SerializeTest, classes_with_private_parts_survive_by_their_codec_or_by_copy) {
  expect_round_trip(Account("ann", 7));
  expect_round_trip(std::vector{Account("ann", 7), Account("bob", -7)});
  expect_round_trip(std::map<int, Money>{{1, Money(5)}});
  static_assert(mp::is_flat<Money> && !mp::is_flat<Account>);
  EXPECT_THROW(mp::from_bytes<Account>(mp::to_bytes(Account("", 7))), mp::DecodeError);
}

TEST(SerializeTest, owners_survive) {
  Node list{1, std::make_unique<Node>(Node{2, nullptr})};
  const auto copy = mp::from_bytes<Node>(mp::to_bytes(list));
  ASSERT_NE(copy.next, nullptr);
  EXPECT_EQ(copy.next->number, 2);
  EXPECT_EQ(copy.next->next, nullptr);
}

TEST(SerializeTest, fields_need_no_default_and_no_assignment) {
  struct Fixed {
    const int number;
    const Account account;
    const std::string text;
  };
  const auto fixed = mp::from_bytes<Fixed>(mp::to_bytes(Fixed{1, Account("ann", 2), "t"}));
  EXPECT_EQ(fixed.number, 1);
  EXPECT_EQ(fixed.account.owner(), "ann");
  EXPECT_EQ(fixed.text, "t");
}

TEST(SerializeTest, flat_types_are_their_own_bytes) {
  static_assert(mp::is_flat<Record> && mp::is_flat<Point> && mp::is_flat<Colour>);
  static_assert(mp::is_flat<std::array<Record, 3>> && mp::is_flat<std::chrono::seconds>);
  static_assert(!mp::is_flat<Order> && !mp::is_flat<std::string> &&
                !mp::is_flat<std::pair<int, int>>);
  const Record record = all().record;
  std::byte bytes[sizeof record];
  ASSERT_EQ(mp::encoded_size(record), sizeof record);
  mp::encode(record, bytes);
  EXPECT_EQ(std::memcmp(bytes, &record, sizeof record), 0);
}

TEST(SerializeTest, nothing_is_written_past_the_room_that_is_given) {
  const All value = all();
  const std::size_t size = mp::encoded_size(value);
  for (std::size_t room = 0; room < size; ++room) {
    std::vector<std::byte> bytes(room);
    EXPECT_THROW(mp::encode(value, bytes), twill::ValueError);
  }
}

TEST(SerializeTest, types_have_hashes_of_their_own) {
  struct Other {
    std::string item;
    int pieces = 0;
    std::optional<double> price;
  };
  static_assert(mp::type_hash<int> != mp::type_hash<unsigned>);
  static_assert(mp::type_hash<Order> != mp::type_hash<Other>);
  static_assert(mp::type_hash<Order> == mp::type_hash<samples::Order>);
  EXPECT_THROW(mp::from_bytes<unsigned>(mp::to_bytes(1)), mp::DecodeError);
  EXPECT_THROW(mp::from_bytes<Other>(mp::to_bytes(Order{})), mp::DecodeError);
}

TEST(SerializeTest, what_is_nested_too_deep_is_not_sent) {
  Tree deep;
  for (unsigned i = 1; i < mp::kMaxDepth; ++i) deep = Tree{0, {std::move(deep)}};
  expect_round_trip(deep);
  deep = Tree{0, {std::move(deep)}};
  EXPECT_THROW(mp::to_bytes(deep), twill::ValueError);
}

struct Pointing {
  int number;
  const char* text;
};
struct Referring {
  int number;
  const int& other;
};
struct Mixed {
  std::unique_ptr<int> owned;
  int& other;
};
struct Derived : Point {
  int z;
};
struct Virtual {
  virtual ~Virtual() = default;
};
enum Loose { some, others };
union Either {
  int i;
  float f;
};
struct Full {
  int a[25];
  int b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x;
};
struct Overfull {
  Full full;
  int b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y;
};

static_assert(mp::Sendable<All> && mp::Sendable<Node> && mp::Sendable<Full>);
static_assert(!mp::Sendable<int*> && !mp::Sendable<int&> && !mp::Sendable<void (*)()>);
static_assert(!mp::Sendable<int Point::*> && !mp::Sendable<std::nullptr_t>);
static_assert(!mp::Sendable<std::string_view> && !mp::Sendable<std::span<int>>);
static_assert(!mp::Sendable<int[3]> && !mp::Sendable<std::array<int*, 3>>);
static_assert(!mp::Sendable<Pointing> && !mp::Sendable<Referring> && !mp::is_flat<Pointing>);
static_assert(!mp::Sendable<Mixed> && !mp::is_flat<Mixed>);
static_assert(!mp::Sendable<Derived> && !mp::Sendable<Virtual> && !mp::Sendable<Either>);
static_assert(!mp::Sendable<Loose> && !mp::Sendable<std::mutex> && !mp::Sendable<Overfull>);
static_assert(!mp::Sendable<std::function<void()>> && !mp::Sendable<std::shared_ptr<int>>);
static_assert(!mp::Sendable<std::unique_ptr<Virtual>> && !mp::Sendable<std::unique_ptr<int[]>>);
static_assert(!mp::Sendable<std::vector<int>::iterator>);
static_assert(!mp::Sendable<std::map<int, std::vector<std::optional<Pointing>>>>);

}  // namespace
