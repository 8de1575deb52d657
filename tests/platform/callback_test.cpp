// Paths: of a lambda with and without captures, a function, null, an empty std::function, something
// that can only be moved; moved and assigned; a call that throws; what it holds is destroyed once.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include <twill/platform/callback.hpp>

namespace {

using twill::Callback;

int calls = 0;
void count() { ++calls; }

TEST(CallbackTest, calls_what_it_was_made_of) {
  calls = 0;
  int mine = 0;
  Callback of_a_pointer(count);
  of_a_pointer();
  Callback of_a_lambda([] { ++calls; });
  of_a_lambda();
  Callback of_a_closure([&] { return ++mine; });
  of_a_closure();
  const Callback of_a_function(std::function<void()>{count});
  of_a_function();
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(mine, 1);
}

TEST(CallbackTest, may_be_empty) {
  EXPECT_FALSE(Callback());
  EXPECT_FALSE(Callback(static_cast<void (*)()>(nullptr)));
  EXPECT_FALSE(Callback(std::function<void()>()));
  EXPECT_TRUE(Callback([] {}));
}

TEST(CallbackTest, owns_what_it_holds) {
  const auto shared = std::make_shared<int>(0);
  {
    Callback first([shared, owned = std::make_unique<int>(1)] { *shared += *owned; });
    Callback second(std::move(first));
    EXPECT_FALSE(first);
    second();
    first = std::move(second);
    first();
    first = [] {};
    EXPECT_EQ(shared.use_count(), 1);
  }
  EXPECT_EQ(*shared, 2);
}

TEST(CallbackTest, lets_exceptions_pass) {
  const Callback bad([] { throw std::logic_error("bad"); });
  EXPECT_THROW(bad(), std::logic_error);
}

}  // namespace
