#include <mutex>
#include <string>
#include <twill/twill.hpp>

namespace mp = twill::mp;

void greet(const std::string& whom) {
  twill::print("{}: hello {}\n", mp::current_process().name(), whom);
}

int main() {
  twill::Lock lock;
  twill::Thread thread([&] { std::scoped_lock hold(lock); });
  thread.start();
  thread.join();
  mp::Process anew(mp::spawn, {.name = "anew"}, greet, std::string("consumer"));
  anew.start();
  anew.join();
  if (anew.exitcode() != 0) return 1;
  twill::print("consumer: ok\n");
}
