// What cannot cross to a process that is started anew does not compile, and the compiler says why.

#include <functional>
#include <string>

#include <twill/mp/process.hpp>

namespace mp = twill::mp;

class Closed {
 public:
  explicit Closed(int number) : number_(number) {}

 private:
  int number_;
};

void take_text(std::string) {}
void take_pointer(int*) {}
void take_reference(int&) {}
void take_closed(Closed) {}

void all() {
  int number = 0;
  // says: this callable cannot cross to a new process, maybe for what a lambda captures
  // says: capture nothing, and pass what it needs as arguments; or fork
  mp::Process captures(mp::spawn, [number] { take_pointer(nullptr), (void)number; });
  // says: a reference means nothing in another process: send the value
  mp::Process refers(mp::spawn, take_reference, std::ref(number));
  // says: a pointer means nothing in another process: send the value, or an index
  mp::Process points(mp::spawn, take_pointer, &number);
  // says: a pointer to a text means nothing in another process: send a std::string
  mp::Process text(mp::spawn, take_text, "text");
  // says: Closed
  // says: specialise twill::mp::Codec for it
  mp::Process hides(mp::spawn, take_closed, Closed(1));
}
