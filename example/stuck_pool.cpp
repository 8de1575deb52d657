// Two workers wait for what a third call would do, which nobody is left to begin. The watch says
// so.
#include <chrono>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Event approved({.name = "approved"});

void buy() {
  approved.wait();
  twill::print("bought\n");
}

int main() {
  twill::set_starvation_watch(200ms);
  twill::ThreadPool pool({.processes = 2, .name = "office"});
  for (int i = 0; i < 2; ++i) pool.apply_async(buy);
  auto approval = pool.apply_async([] { approved.set(); });

  if (!approval.wait(2s)) {
    twill::print("no approval within two seconds: it comes from outside\n");
    approved.set();
  }
}
