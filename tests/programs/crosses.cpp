// Two threads that take two locks in opposite orders, or race, and an end as the argument says.

#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/shared.hpp>

/// crosses return|_exit|quick_exit|exec [race]
int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string_view how = argv[1];
  const bool races = argc > 2;
  twill::Lock a;
  twill::Lock b;
  twill::Shared x(0, "x");
  const auto take = [&](twill::Lock& first, twill::Lock& second) {
    if (races) return static_cast<void>(x = 1);
    const twill::Hold one(first);
    const twill::Hold two(second);
  };
  twill::Thread there([&] { take(a, b); }), back([&] { take(b, a); });
  there.start(), back.start();
  there.join(), back.join();
  if (how == "_exit") _exit(0);
  if (how == "quick_exit") std::quick_exit(0);
  if (how == "exec") execl("/bin/true", "true", nullptr);
  return 0;
}
