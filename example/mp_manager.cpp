// An object in a process of its own, and several processes that call it; one finds it by its name.
#include <string>
#include <vector>

#include <twill/twill.hpp>

namespace mp = twill::mp;

struct Account {
  int balance = 0;
  std::vector<std::string> journal = {};

  int pay_in(const std::string& who, int amount) {
    journal.push_back(who);
    return balance += amount;
  }
};

int main() {
  mp::Manager manager;
  auto account = manager.make<Account>();
  auto errands = manager.make<twill::Queue<std::string>>();

  std::vector<mp::Process> clerks;
  for (const std::string name : {"Ann", "Bob", "Cid"})
    clerks.emplace_back([account, name] {
      for (int i = 0; i < 4; ++i) account.call<&Account::pay_in>(name, 25);
    });
  // This one is told nothing but where to ask.
  clerks.emplace_back([address = manager.address(), key = manager.key()] {
    const auto found = mp::Manager::connect(address, key).find<Account>("account");
    found.with([](Account& all) { all.balance -= 50; });
  });

  manager.publish("account", account);
  for (mp::Process& clerk : clerks) clerk.start();
  errands.with([](auto& queue) { queue.put("close the doors"); });
  for (mp::Process& clerk : clerks) clerk.join();

  twill::print("balance: {}\n", account.call<&Account::balance>());
  twill::print("entries: {}\n", account.with([](Account& all) { return all.journal.size(); }));
  twill::print("errand: {}\n", errands.with([](auto& queue) { return queue.get(); }));
}
