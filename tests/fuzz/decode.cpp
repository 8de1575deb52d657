// Reads whatever libFuzzer thinks of. The first byte picks a type, the others are decoded as that:
// the result is a value, which can be sent again, or DecodeError.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <twill/mp/failure.hpp>
#include <twill/mp/serialize.hpp>

#include "mp/samples.hpp"

namespace {

namespace mp = twill::mp;
using Bytes = std::span<const std::byte>;

template <class T>
void decode(Bytes bytes) try {
  const T value = mp::decode<T>(bytes);
  std::vector<std::byte> again(mp::encoded_size(value));
  mp::encode(value, again);
  if (again.size() != bytes.size()) std::abort();
  mp::decode<T>(again);
  if constexpr (std::same_as<T, mp::Failure>) static_cast<void>(value.exception());
} catch (const mp::DecodeError&) {
}

template <class T>
std::vector<std::byte> seed(std::size_t number, const T& value) {
  std::vector<std::byte> bytes(1 + mp::encoded_size(value), static_cast<std::byte>(number));
  mp::encode(value, std::span(bytes).subspan(1));
  return bytes;
}

struct Kind {
  void (*decode)(Bytes);
  std::vector<std::byte> (*seed)(std::size_t);
};

template <class T, auto Sample = [] { return T(); }>
constexpr Kind kind() {
  return {decode<T>, [](std::size_t number) { return seed(number, Sample()); }};
}

using Nested = std::vector<std::vector<std::vector<std::string>>>;
using Either = std::variant<int, bool, std::string, samples::Tree>;

constexpr Kind kinds[] = {
    kind<samples::All, samples::all>(),
    kind<samples::Tree, [] { return samples::all().tree; }>(),
    kind<samples::Node, [] { return samples::Node{1, std::make_unique<samples::Node>()}; }>(),
    kind<mp::Failure, [] { return mp::Failure{"std::system_error", "a", 1, "generic"}; }>(),
    kind<Nested, [] { return Nested{{{"a", "b"}, {}}, {}}; }>(),
    kind<std::map<std::string, Either>,
         [] { return std::map<std::string, Either>{{"a", 1}, {"b", true}, {"c", "d"}}; }>(),
    kind<std::vector<std::optional<samples::Record>>>(),
};

}  // namespace

/// The corpus begins with a value of each kind.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  for (int i = 1; i < *count; ++i) {
    const std::filesystem::path folder = (*arguments)[i];
    if (!is_directory(folder)) continue;
    for (std::size_t number = 0; number < std::size(kinds); ++number) {
      const auto bytes = kinds[number].seed(number);
      std::ofstream(folder / ("seed" + std::to_string(number)), std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  kinds[data[0] % std::size(kinds)].decode(std::as_bytes(std::span(data + 1, size - 1)));
  return 0;
}
