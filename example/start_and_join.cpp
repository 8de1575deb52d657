// The parent goes on after start(); after join() it sees all that the child has done.
#include <string>

#include <twill/twill.hpp>

int main() {
  twill::Event child_may_end;
  std::string letter;  // no lock: join() is what makes it safe to read

  twill::Thread child([&] {
    child_may_end.wait();
    letter = "written by the child";
  });

  child.start();
  twill::print("parent: goes on, the child is {}\n", child.is_alive() ? "alive" : "dead");
  child_may_end.set();
  child.join();
  twill::print("parent: the child is {}; I read: {}\n", child.is_alive() ? "alive" : "dead",
               letter);
}
