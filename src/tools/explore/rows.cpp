#include "tools/explore/rows.hpp"

#include <algorithm>

#include <fmt/format.h>

TWILL_BEGIN
namespace detail::explorer {
namespace {

/// Of a longer table only the beginning and the end are shown.
constexpr std::size_t kLongest = 200;
constexpr std::size_t kFirst = 40;
constexpr std::size_t kLast = 120;

struct Column {
  std::string head;
  std::size_t width;
};

std::size_t find(std::vector<Column>& columns, const std::string& head) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& column) { return column.head == head; });
  if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  columns.push_back({head, head.size()});
  return columns.size() - 1;
}

void widen(Column& column, const std::string& cell) {
  column.width = std::max(column.width, cell.size());
}

}  // namespace

std::string table_of(const std::vector<Row>& rows, const std::vector<std::string>& names) {
  std::vector<Column> columns;
  std::vector<std::size_t> of_task(names.size(), ~std::size_t{0});
  for (std::size_t task = 0; task < names.size(); ++task)
    for (const Row& row : rows)
      if (row.task == task) {
        if (of_task[task] == ~std::size_t{0}) {
          of_task[task] = columns.size();
          columns.push_back({names[task], names[task].size()});
        }
        widen(columns[of_task[task]], row.what);
      }
  std::vector<Column> variables;
  for (const Row& row : rows)
    if (!row.variable.empty()) widen(variables[find(variables, row.variable)], row.value);

  const auto line = [&](const std::string& number, auto&& cell) {
    std::string text = fmt::format("{:>5}", number);
    for (std::size_t i = 0; i < columns.size() + variables.size(); ++i) {
      const Column& column = i < columns.size() ? columns[i] : variables[i - columns.size()];
      text += fmt::format("  {:<{}}", cell(i), column.width);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  };
  std::string text = line("step", [&](std::size_t i) {
    return i < columns.size() ? columns[i].head : variables[i - columns.size()].head;
  });
  std::size_t number = 0;
  for (const Row& row : rows) {
    if (rows.size() > kLongest && number >= kFirst && number < rows.size() - kLast) {
      if (number++ == kFirst)
        text += fmt::format("  ... {} steps ...\n", rows.size() - kFirst - kLast);
      continue;
    }
    const std::size_t variable =
        row.variable.empty() ? ~std::size_t{0} : columns.size() + find(variables, row.variable);
    text += line(std::to_string(++number), [&](std::size_t i) {
      return i == of_task[row.task] ? row.what : i == variable ? row.value : std::string();
    });
  }
  return text;
}

}  // namespace detail::explorer
TWILL_END
