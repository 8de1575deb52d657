#pragma once

#include <functional>

#include <gtest/gtest.h>

#include <twill/platform/atomic.hpp>

#include "model/explore.hpp"

/// What all litmus tests share: explorations on twill's own contexts, judged by gtest.

namespace litmus {

using namespace twill;
using detail::acq_rel;
using detail::acquire;
using detail::atomic;
using detail::relaxed;
using detail::release;
using detail::seq_cst;
using model::check;
using model::Options;
using model::Plain;
using model::Result;
using model::together;

/// Makes contexts for the threads of explorations, once.
void prepare();

/// Every schedule within the options goes well; else the failing one is printed, and how to run it
/// alone.
void expect_holds(const Options& options, const std::function<void()>& body);

/// Some schedule fails with a message that contains `text`.
Result expect_fails(const Options& options, const std::string& text,
                    const std::function<void()>& body);

/// A test that runs in both modes of the bell: with the kernel's membarrier, and without.
class Door : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override;
  void TearDown() override;
};

#define LITMUS_IN_BOTH_MODES(suite)                                                    \
  INSTANTIATE_TEST_SUITE_P(Bell, suite, ::testing::Bool(), [](const auto& test_info) { \
    return std::string(test_info.param ? "Membarrier" : "Exchange");                   \
  })

}  // namespace litmus
