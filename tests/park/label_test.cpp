// Paths: named and unnamed objects; serial numbers by kind; two threads that ask at once.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <twill/park/label.hpp>

namespace {

using twill::detail::Label;

TEST(LabelTest, a_name_is_given_back) {
  const Label label("Lock", "ledger", std::source_location::current());
  EXPECT_EQ(label.name("Lock"), "ledger");
  EXPECT_EQ(label.describe("Lock"),
            "Lock 'ledger' (made at label_test.cpp:" + std::to_string(__LINE__ - 3) + ')');
}

TEST(LabelTest, what_has_no_name_has_a_kind_a_serial_number_and_a_place) {
  const Label first(std::source_location::current());
  const Label second("Widget", "", std::source_location::current());
  EXPECT_EQ(first.name("Widget"), "Widget#1");
  EXPECT_EQ(second.name("Widget"), "Widget#2");
  EXPECT_EQ(first.describe("Widget"),
            "Widget#1 (made at label_test.cpp:" + std::to_string(__LINE__ - 5) + ')');
  const Label other(std::source_location::current());
  EXPECT_EQ(other.name("Gadget"), "Gadget#1");
}

TEST(LabelTest, all_who_ask_at_once_are_told_the_same) {
  for (int i = 0; i < 50; ++i) {
    const Label label(std::source_location::current());
    std::vector<std::string> answers(4);
    {
      std::vector<std::jthread> threads;
      for (auto& answer : answers) threads.emplace_back([&] { answer = label.describe("Thing"); });
    }
    EXPECT_EQ(std::set(answers.begin(), answers.end()).size(), 1u);
  }
}

TEST(LabelTest, costs_eight_bytes) { EXPECT_EQ(sizeof(Label), sizeof(void*)); }

}  // namespace
