// A whole program as the body: asked for by `twill explore`, begun before the program's own
// initialisers.

#include <cstdlib>
#include <exception>
#include <string>
#include <unistd.h>

#include "park/symbol.hpp"
#include "platform/write.hpp"
#include "tools/explore/command.hpp"
#include "tools/explore/fork_runner.hpp"
#include "tools/explore/real_threads.hpp"
#include "tools/explore/request.hpp"
#include "tools/explore/search.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr int kFound = 1;
constexpr int kRefused = 2;

void say(int descriptor, const std::string& text) noexcept {
  write_all(descriptor, text.data(), text.size());
}

/// Ends the process; leaves by ForkRunner::GoOn in its children.
[[noreturn]] void serve(const std::string& text) {
  try {
    const Request request = Request::parse(text);
    say(request.answer_to, "!");
    close(request.answer_to);
    static_cast<void>(place_of(__builtin_return_address(0)));  // once, for all children
    SharedMemory& memory = SharedMemory::create();
    const RealThreads real(request.options);
    ForkRunner runner(memory, request.options, real.threads());
    auto* const search = new (memory.allocate(sizeof(Search), alignof(Search)))
        Search(runner, request.options, &memory);  // the children use it as well
    Exploration found = search->run();
    if (!found.replay.empty()) found.command = command_to_explore(request.options, found.replay);
    found.remark = real.remark();
    say(STDOUT_FILENO, found.report() + '\n');
    _exit(found ? 0 : kFound);
  } catch (const std::exception& e) {
    say(STDERR_FILENO, std::string("twill explore: ") + e.what() + '\n');
    _exit(kRefused);
  }
}

/// After twill's own, before all others.
[[gnu::constructor(104)]] void serve_if_asked() {
  const char* asked = std::getenv(Request::kVariable);
  if (asked == nullptr) return;
  const std::string request = asked;
  unsetenv(Request::kVariable);
  try {
    serve(request);
  } catch (const ForkRunner::GoOn&) {
  }
}

}  // namespace
}  // namespace detail::explorer

/// Named by whoever links a static twill, so that its programs can be explored.
extern "C" TWILL_API void twill_can_explore() {}

TWILL_END
