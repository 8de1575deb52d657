// A barbershop with a sofa: customers stand, then sit, then have a haircut, those first who have
// waited longest, and pay before they leave.
//
// The Little Book of Semaphores (A. Downey): Hilzer's barbershop. Here with room for two on the
// sofa, and one barber with one chair. A semaphore alone takes from the sofa whom it likes.
#include "fifo.hpp"
#include "puzzle.hpp"

constexpr int kSofa = 2, kCustomers = 3;

/// A semaphore as it is, where a Fifo should be.
class AnyOrder {
 public:
  AnyOrder(int permits, std::string name) : semaphore_(permits, {std::move(name)}) {}
  template <class InLine>
  void acquire(InLine in_line) {
    in_line();
    semaphore_.acquire();
  }
  void release() { semaphore_.release(); }

 private:
  twill::Semaphore semaphore_;
};

template <class Line>
void open() {
  Line sofa(kSofa, "sofa"), chair(1, "chair");
  twill::Semaphore ready(0, {"ready"}), done(0, {"done"}), paid(0, {"paid"}),
      receipt(0, {"receipt"});
  puzzle::Count sat_down("sat down"), on_sofa("on sofa"), served("served");

  const auto visit = [&] {
    sofa.acquire([] {});
    twill::check(++on_sofa <= kSofa);
    int ticket = 0;
    chair.acquire([&] { ticket = ++sat_down; });
    --on_sofa;
    sofa.release();
    twill::check(++served == ticket);
    ready.release();
    done.acquire();
    paid.release();
    receipt.acquire();
    chair.release();
  };
  const auto cut_hair = [&] {
    for (int i = 0; i < kCustomers; ++i) {
      ready.acquire();
      done.release();
      paid.acquire();
      receipt.release();
    }
  };
  puzzle::play({{"barber", cut_hair}, {"customer", visit, kCustomers}});
}

int main() {
  return puzzle::verdict(
      {.right = {{"two lines, for the sofa and for the chair", open<puzzle::Fifo>}},
       .wrong = {{"two semaphores", open<AnyOrder>, "check failed"}}});
}
