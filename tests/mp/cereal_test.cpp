// Classes that have functions for cereal.

#if __has_include(<cereal/cereal.hpp>)

#include <twill/mp/cereal.hpp>

#include <cereal/types/memory.hpp>
#include <cereal/types/vector.hpp>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <twill/mp/serialize.hpp>

namespace mp = twill::mp;

namespace legacy {

class Account {
 public:
  Account() = default;
  Account(std::string owner, std::vector<long> cents)
      : owner_(std::move(owner)), cents_(std::move(cents)) {}
  bool operator==(const Account&) const = default;

 private:
  friend class cereal::access;
  template <class Archive>
  void serialize(Archive& archive, const std::uint32_t version) {
    if (version != 3) throw cereal::Exception("of another version");
    archive(cereal::make_nvp("owner", owner_), cents_);
  }

  std::string owner_;
  std::vector<long> cents_;
};

/// Has accounts in a container, and what only cereal can do.
struct Bank {
  std::vector<Account> accounts;
  std::vector<Account> more;
  double rate = 0;
  std::string raw;
  bool operator==(const Bank&) const = default;
};

template <class Archive>
void save(Archive& archive, const Bank& bank) {
  archive << bank.accounts << bank.rate;
  archive & bank.more;
  archive(cereal::make_size_tag(static_cast<cereal::size_type>(bank.raw.size())));
  archive(cereal::binary_data(bank.raw.data(), bank.raw.size()));
}
template <class Archive>
void load(Archive& archive, Bank& bank) {
  archive >> bank.accounts >> bank.rate;
  archive & bank.more;
  cereal::size_type size = 0;
  archive(cereal::make_size_tag(size));
  bank.raw.resize(size);
  archive(cereal::binary_data(bank.raw.data(), bank.raw.size()));
}

/// Known to cereal only.
struct Inner {
  std::unique_ptr<int> owned;
  template <class Archive>
  void serialize(Archive& archive) {
    int number = owned != nullptr ? *owned : 0;
    archive(number);
    owned = std::make_unique<int>(number);
  }
};
struct Link {
  std::unique_ptr<Link> next;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(next);
  }
};
struct Chain {
  Link first;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(first);
  }
};
struct Outer {
  std::vector<Inner> inners;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(inners);
  }
};

}  // namespace legacy

CEREAL_CLASS_VERSION(legacy::Account, 3)

template <>
struct twill::mp::Codec<legacy::Account> : twill::mp::CerealCodec<legacy::Account> {};
template <>
struct twill::mp::Codec<legacy::Bank> : twill::mp::CerealCodec<legacy::Bank> {};
template <>
struct twill::mp::Codec<legacy::Chain> : twill::mp::CerealCodec<legacy::Chain> {};
template <>
struct twill::mp::Codec<legacy::Outer> : twill::mp::CerealCodec<legacy::Outer> {};

namespace {

using namespace legacy;

const Bank kBank{{{"ann", {1, 2}}, {"bob", {}}}, {{"cid", {3}}}, 0.5, "raw bytes"};

TEST(CerealTest, classes_with_functions_for_cereal_survive) {
  EXPECT_EQ(mp::from_bytes<Bank>(mp::to_bytes(kBank)), kBank);
  EXPECT_EQ(mp::from_bytes<std::vector<Bank>>(mp::to_bytes(std::vector{kBank, Bank{}})),
            (std::vector{kBank, Bank{}}));
}

TEST(CerealTest, what_only_cereal_knows_survives_by_its_functions) {
  Outer outer;
  outer.inners.resize(1);
  outer.inners.push_back({std::make_unique<int>(7)});
  const auto copy = mp::from_bytes<Outer>(mp::to_bytes(outer));
  ASSERT_EQ(copy.inners.size(), 2u);
  EXPECT_EQ(*copy.inners[1].owned, 7);
}

TEST(CerealTest, nesting_without_end_is_an_error) {
  Chain chain;
  chain.first.next = std::make_unique<Link>();
  EXPECT_NE(mp::from_bytes<Chain>(mp::to_bytes(chain)).first.next, nullptr);
  std::vector<std::byte> bytes = mp::to_bytes(Chain{});
  bytes.back() = std::byte{1};  // there is a next one
  bytes.resize(1'000'000, std::byte{1});
  EXPECT_THROW(mp::from_bytes<Chain>(bytes), mp::DecodeError);
}

template <class T>
void expect_every_damage_to_be_an_error(const T& value) {
  std::vector<std::byte> bytes = mp::to_bytes(value);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(mp::from_bytes<T>(std::span(bytes).first(size)), mp::DecodeError);
  for (std::byte& each : bytes) {
    const std::byte sound = each;
    for (const auto other : {std::byte{0x01}, std::byte{0x7f}, std::byte{0xff}}) {
      each = other;
      try {
        mp::from_bytes<T>(bytes);
      } catch (const mp::DecodeError&) {
      }
    }
    each = sound;
  }
}

static_assert(mp::Sendable<Account> && mp::Sendable<Bank> && mp::Sendable<std::vector<Outer>>);
static_assert(!mp::Sendable<Inner> && !mp::Sendable<std::vector<Inner>>);

TEST(CerealTest, damage_is_an_error) {
  expect_every_damage_to_be_an_error(std::vector{kBank, kBank});
  Outer outer;
  outer.inners.resize(3);
  expect_every_damage_to_be_an_error(outer);
}

}  // namespace

#endif
