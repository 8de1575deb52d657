// What would be in the memory of one process only cannot be in a shared container.

#include <twill/mp/shared.hpp>

namespace mp = twill::mp;

struct Person {
  std::string name;
  int age;
};

void all() {
  // says: Person
  // says: a class with a string inside would leave it in one process
  mp::SharedVector<Person> people(1000);
  // says: const char
  mp::SharedVector<const char*> words(1000);
  // says: for one flat value there is mp::Value
  mp::Shared<int> number(1000);
}
