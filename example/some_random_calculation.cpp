// Five steps, of which some need others. What does not is done at the same time: 3 seconds, not 5.
//
//   a = 2    b = 3
//   p = a+b  q = a*b
//       r = q-p
#include <chrono>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

// A step that takes a second.
int step(int result) {
  twill::sleep(1s);
  return result;
}
int number(int n) { return step(n); }
int sum(int a, int b) { return step(a + b); }
int product(int a, int b) { return step(a * b); }
int difference(int a, int b) { return step(a - b); }

int main() {
  twill::ThreadPool pool({.processes = 2});
  const auto start = twill::now();

  const auto a = pool.submit(number, 2);
  const auto b = pool.submit(number, 3);

  const auto p = pool.submit(sum, a.result(), b.result());
  const auto q = pool.submit(product, a.result(), b.result());

  const auto r = pool.submit(difference, q.result(), p.result());

  twill::print("a={}, b={}, p={}, q={}, r={}\n", a.result(), b.result(), p.result(), q.result(),
               r.result());
  const std::chrono::duration<double> elapsed = twill::now() - start;
  twill::print("five steps of a second took {:.1f} s\n", elapsed.count());
}
