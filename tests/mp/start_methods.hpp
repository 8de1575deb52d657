#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include <twill/mp/process.hpp>

#include "mp/fork_server.hpp"
#include "mp/processes.hpp"

/// What the tests of all start methods but fork have in common.
namespace start_methods {

using All = testing::Types<twill::mp::Spawn, twill::mp::ForkServer>;

struct Names {
  template <class Method>
  static std::string GetName(int) {
    return std::is_same_v<Method, twill::mp::Spawn> ? "spawn" : "forkserver";
  }
};

/// Whatever it starts is over with it, the server included.
class Test : public testing::Test {
 protected:
  void TearDown() override {
    twill::mp::detail::end_fork_server();
    processes::expect_no_children();
  }
};

/// How a process ended, and what it wrote to stderr.
struct End {
  std::optional<int> code;
  std::string text;
  friend bool operator==(const End&, const End&) = default;
};
inline std::ostream& operator<<(std::ostream& out, const End& end) {
  return out << end.code.value_or(-1000) << " \"" << end.text << '"';
}

template <class Method, class... Call>
End end_of(Method method, const Call&... call) {
  testing::internal::CaptureStderr();
  End end;
  {
    twill::mp::Process process(method, call...);
    process.start();
    process.join();
    end.code = process.exitcode();
  }
  end.text = testing::internal::GetCapturedStderr();
  return end;
}

template <class Method, class... Call>
std::optional<int> code_of(Method method, const Call&... call) {
  twill::mp::Process process(method, call...);
  process.start();
  process.join();
  return process.exitcode();
}

}  // namespace start_methods
