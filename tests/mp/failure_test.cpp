// Exceptions that cross to another process.

#include <twill/mp/failure.hpp>

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>

#include <gtest/gtest.h>

#include <twill/mp/remote_error.hpp>
#include <twill/mp/serialize.hpp>
#include <twill/task/error.hpp>

namespace bank {
struct Overdrawn : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Unreachable : std::system_error {
  using std::system_error::system_error;
};
}  // namespace bank

namespace {

namespace mp = twill::mp;

std::exception_ptr sent(const std::exception_ptr& exception) {
  return mp::from_bytes<mp::Failure>(mp::to_bytes(mp::Failure::of(exception))).exception();
}

/// What arrives when `thrown` is sent; it has to be exactly an E.
template <class E, class T>
E arriving(const T& thrown) try {
  std::rethrow_exception(sent(std::make_exception_ptr(thrown)));
} catch (const E& e) {
  EXPECT_TRUE(typeid(e) == typeid(E));
  return e;
}

template <class... Es>
void expect_to_survive() {
  const auto words = [](const std::exception& e) { return std::string(e.what()); };
  for (const std::string& each : {words(arriving<Es>(Es("its words")))...})
    EXPECT_EQ(each, "its words");
}

TEST(FailureTest, exceptions_of_std_survive) {
  expect_to_survive<std::logic_error, std::invalid_argument, std::domain_error, std::length_error,
                    std::out_of_range, std::runtime_error, std::range_error, std::overflow_error,
                    std::underflow_error>();
  arriving<std::bad_alloc>(std::bad_alloc());
  arriving<std::bad_variant_access>(std::bad_variant_access());
  arriving<std::exception>(std::exception());
}

TEST(FailureTest, exceptions_of_twill_survive) {
  expect_to_survive<twill::Error, twill::RuntimeError, twill::ValueError, twill::TimeoutError,
                    twill::CancelledError, twill::InterruptedError, twill::DeadlockError,
                    twill::OwnerVanished, twill::BrokenBarrierError, twill::Empty, twill::Full,
                    twill::ShutDown, twill::EOFError, twill::InvalidStateError,
                    twill::BrokenThreadPool, mp::DecodeError>();
}

TEST(FailureTest, codes_survive) {
  const twill::OSError os(ENOENT, "open");
  EXPECT_EQ(arriving<twill::OSError>(os).code(), os.code());
  EXPECT_STREQ(arriving<twill::OSError>(os).what(), os.what());
  const twill::BrokenPipeError broken("send()");
  EXPECT_EQ(arriving<twill::BrokenPipeError>(broken).code(), std::errc::broken_pipe);
  EXPECT_STREQ(arriving<twill::BrokenPipeError>(broken).what(), broken.what());
  const std::system_error system(EBUSY, std::system_category(), "mount");
  EXPECT_EQ(arriving<std::system_error>(system).code(), system.code());
  EXPECT_STREQ(arriving<std::system_error>(system).what(), system.what());
}

TEST(FailureTest, others_become_a_remote_error) {
  const auto error = arriving<mp::RemoteError>(bank::Overdrawn("by 5"));
  EXPECT_EQ(error.type(), "bank::Overdrawn");
  EXPECT_EQ(error.text(), "by 5");
  EXPECT_STREQ(error.what(), "bank::Overdrawn: by 5");
  EXPECT_FALSE(error.code());
  EXPECT_EQ(arriving<mp::RemoteError>(42).type(), "int");
  EXPECT_STREQ(arriving<mp::RemoteError>(42).what(), "int");
  const bank::Unreachable far(ETIMEDOUT, std::generic_category(), "far");
  EXPECT_EQ(arriving<mp::RemoteError>(far).code(), far.code());
}

TEST(FailureTest, a_remote_error_may_go_on_to_a_third_process) {
  const auto first = arriving<mp::RemoteError>(bank::Overdrawn("by 5"));
  const auto second = arriving<mp::RemoteError>(first);
  EXPECT_EQ(second.type(), "bank::Overdrawn");
  EXPECT_STREQ(second.what(), first.what());
}

TEST(FailureTest, names_that_nobody_knows_make_a_remote_error) {
  for (const char* const category : {"", "generic", "unheard of"}) {
    const mp::Failure forged{"std::system_err", "x", 1, category};
    EXPECT_THROW(std::rethrow_exception(forged.exception()), mp::RemoteError);
  }
  const mp::Failure forged{"std::system_error", "x", 1, "unheard of"};
  EXPECT_THROW(std::rethrow_exception(forged.exception()), mp::RemoteError);
}

}  // namespace
