// A process is killed while it holds a lock: who comes next is told, and mends what it left.
#include <mutex>

#include <twill/twill.hpp>

namespace mp = twill::mp;

struct Account {
  int balance = 100;
  int booked = 0;  // what is on the way
};

int main() {
  mp::Lock lock;
  mp::RawValue<Account> account(Account{});
  mp::Event halfway;

  mp::Process clerk([&] {
    const std::scoped_lock hold(lock);
    account->balance -= 30;
    account->booked += 30;
    halfway.set();
    twill::sleep(std::chrono::hours(1));  // never comes to the second half
  });
  clerk.start();
  halfway.wait();
  clerk.kill();
  clerk.join();
  twill::print("clerk ended with {}\n", *clerk.exitcode());

  try {
    const std::scoped_lock hold(lock);
  } catch (mp::OwnerDied& dead) {  // with the lock
    account->balance += account->booked;
    account->booked = 0;
    dead.recovered();
  }
  const std::scoped_lock hold(lock);
  twill::print("balance {}, booked {}\n", account->balance, account->booked);
}
