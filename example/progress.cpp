// Two bars on a terminal, and what is printed appears above them; plain lines in a file or a pipe.
#include <chrono>
#include <string>
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main() {
  const std::vector<std::string> books{"Emma", "Faust", "Ulysses"};
  twill::Progress pages({.label = "pages", .total = 300});

  for (const auto& book : twill::progress(books, {.label = "books"})) {
    for (int page = 0; page < 100; ++page) {
      twill::sleep(10ms);  // read it
      pages.advance();
    }
    twill::print("{} is read\n", book);
  }
}
