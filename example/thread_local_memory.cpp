// What one thread puts into a Local no other thread sees; sharing is always explicit.
#include <string>

#include <twill/twill.hpp>

twill::Local<std::string> note;  // one for each thread
std::string board;               // one for all

int main() {
  *note = "main was here";
  board = "main was here";

  twill::Thread child([] {
    twill::print("child: note '{}', board '{}'\n", *note, board);
    *note = "so was the child";
    board = "so was the child";
  });
  child.start();
  child.join();
  twill::print("main:  note '{}', board '{}'\n", *note, board);
}
