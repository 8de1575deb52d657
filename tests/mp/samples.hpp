#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// Types that cross to another process.
namespace samples {

enum class Colour : std::uint8_t { red, green };

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// Flat, with a gap, an array and a bool.
struct Record {
  char name[5] = {};
  Point at;
  bool flags[2] = {};
  Colour colour = Colour::red;
  std::array<std::int16_t, 3> rest = {};
  bool operator==(const Record&) const = default;
};

struct Order {
  std::string item;
  int pieces = 0;
  std::optional<double> price;
  bool operator==(const Order&) const = default;
};

/// Contains itself.
struct Tree {
  int number = 0;
  std::vector<Tree> children;
  bool operator==(const Tree&) const = default;
};

struct Node {
  int number = 0;
  std::unique_ptr<Node> next;
};

/// One of each.
struct All {
  Record record;
  Order order;
  Tree tree;
  std::vector<Record> records;
  std::vector<bool> bits;
  std::vector<std::string> words;
  std::deque<int> deque;
  std::list<Order> list;
  std::set<std::string> set;
  std::multiset<int> bag;
  std::map<std::string, std::vector<int>> map;
  std::unordered_map<int, Order> table;
  std::tuple<int, std::string, std::tuple<>> tuple;
  std::pair<bool, std::u16string> pair;
  std::array<std::string, 2> array;
  std::array<std::string, 0> nothing;
  std::variant<std::monostate, bool, std::string, Tree> variant;
  std::optional<std::optional<bool>> maybe;
  std::chrono::nanoseconds time{};
  std::chrono::system_clock::time_point date;
  long double wide = 0;
  bool operator==(const All&) const = default;
};

inline All all() {
  All value;
  value.record = {{'a', 'b'}, {1, -2}, {true, false}, Colour::green, {1, 2, 3}};
  value.order = {"nut", 12, 0.5};
  value.tree = {1, {{2, {}}, {3, {{4, {}}}}}};
  value.records = {value.record, {}};
  value.bits = {true, false, true};
  value.words = {"", "one", std::string(40, 'x')};
  value.deque = {1, 2, 3};
  value.list = {value.order, {}};
  value.set = {"a", "b"};
  value.bag = {1, 1, 2};
  value.map = {{"none", {}}, {"some", {1, 2}}};
  value.table = {{7, value.order}};
  value.tuple = {1, "two", {}};
  value.pair = {true, u"pair"};
  value.array = {"x", "y"};
  value.variant = value.tree;
  value.maybe = std::optional<bool>();
  value.time = std::chrono::nanoseconds(-5);
  value.date = std::chrono::system_clock::time_point(std::chrono::seconds(9));
  value.wide = 1.5L;
  return value;
}

}  // namespace samples
