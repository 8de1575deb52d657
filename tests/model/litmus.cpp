#include "model/litmus.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "park/census.hpp"
#include "park/context.hpp"
#include "park/node.hpp"
#include "park/spin.hpp"

namespace litmus {
namespace {

using detail::Bucket;
using detail::Context;

/// The threads of an exploration are contexts like any thread's; they live as long as the program.
void make_contexts() {
  std::vector<std::uint64_t> ids;
  for (unsigned i = 0; i < model::kMostThreads; ++i) {
    Context& context = detail::make_context(detail::thread_kind);
    detail::census::arrived();
    const char name[] = {static_cast<char>('A' + i - 1), '\0'};
    detail::set_name(context, i == 0 ? "body" : name);
    ids.push_back(context.id.load());
  }
  model::follow(&detail::self_id, sizeof detail::self_id, ids);
  model::follow(&detail::last_self_context, sizeof detail::last_self_context, {});
}

void declare_globals() {
  model::declare_global(detail::buckets, sizeof(Bucket), std::size(detail::buckets), "bucket",
                        {{offsetof(Bucket, bell), "bell"},
                         {offsetof(Bucket, lock), "lock"},
                         {offsetof(Bucket, contenders), "contenders"},
                         {offsetof(Bucket, patience), "patience"},
                         {offsetof(Bucket, spin), "spin"}});
  model::declare_global(detail::context_at(0), sizeof(Context), 256, "context",
                        {{offsetof(Context, state), "state"},
                         {offsetof(Context, waker_cpu), "waker_cpu"},
                         {offsetof(Context, waits_for), "waits_for"},
                         {offsetof(Context, waits_epoch), "waits_epoch"},
                         {offsetof(Context, waits_until), "waits_until"},
                         {offsetof(Context, waits_since), "waits_since"},
                         {offsetof(Context, waits_certainly), "waits_certainly"},
                         {offsetof(Context, verdict), "verdict"}});
}

std::string how_to_replay(const Result& result) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return "TWILL_MODEL_REPLAY='" + result.choices +
         "' test_model --gtest_filter=" + test->test_suite_name() + '.' + test->name();
}

void summarise(const Result& r) {
  std::printf("[ schedules] %lu of at most %lu steps%s, %.2f s, %.0f/s\n", r.executions, r.longest,
              r.complete ? ", complete" : "", r.seconds,
              r.seconds > 0 ? static_cast<double>(r.executions) / r.seconds : 0);
}

}  // namespace

void prepare() {
  static const bool once = [] {
    make_contexts();
    declare_globals();
    detail::SpinBudget::rounds_of(1);  // is measured once, and not by a thread of a model
    return true;
  }();
  static_cast<void>(once);
}

void expect_holds(const Options& options, const std::function<void()>& body) {
  prepare();
  if (const char* choices = std::getenv("TWILL_MODEL_REPLAY")) {
    const Result result = model::replay(options, choices, body);
    std::cout << result.story << '\n';
    EXPECT_EQ(result.failure, "");
    return;
  }
  const Result result = model::explore(options, body);
  summarise(result);
  EXPECT_EQ(result.failure, "") << "after " << result.executions << " schedules\n"
                                << result.story << how_to_replay(result);
}

Result expect_fails(const Options& options, const std::string& text,
                    const std::function<void()>& body) {
  prepare();
  const Result result = model::explore(options, body);
  summarise(result);
  EXPECT_NE(result.failure.find(text), std::string::npos)
      << "failure: \"" << result.failure << "\" after " << result.executions << " schedules";
  if (!result.failure.empty()) {
    const Result again = model::replay(options, result.choices, body);
    EXPECT_EQ(again.failure, result.failure) << "the replay of " << result.choices;
    EXPECT_EQ(again.story, result.story);
  }
  return result;
}

void Door::SetUp() { detail::asymmetric_barriers = GetParam(); }
void Door::TearDown() { detail::asymmetric_barriers = true; }

}  // namespace litmus
