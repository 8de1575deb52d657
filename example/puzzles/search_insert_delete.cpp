// Searchers, inserters and deleters share a list: one inserter at a time, beside searchers; a
// deleter only alone.
//
// The Little Book of Semaphores (A. Downey): Search-insert-delete.
#include "lightswitch.hpp"
#include "puzzle.hpp"

struct Without {
  bool insert_lock = false, searchers_out = false;
};

void use_list(Without without) {
  twill::Semaphore no_searcher(1, {"no searcher"}), no_inserter(1, {"no inserter"});
  twill::Semaphore insert(1, {"insert"});
  puzzle::Lightswitch searchers(no_searcher, "searchers"), inserters(no_inserter, "inserters");
  puzzle::Count searching("searching"), inserting("inserting"), deleting("deleting");

  const auto search = [&] {
    searchers.lock();
    ++searching;
    twill::check(deleting == 0);
    --searching;
    searchers.unlock();
  };
  const auto add = [&] {
    inserters.lock();
    if (!without.insert_lock) insert.acquire();
    twill::check(++inserting == 1);
    --inserting;
    if (!without.insert_lock) insert.release();
    inserters.unlock();
  };
  const auto remove = [&] {
    if (!without.searchers_out) no_searcher.acquire();
    no_inserter.acquire();
    ++deleting;
    twill::check(searching == 0);
    twill::check(inserting == 0);
    --deleting;
    no_inserter.release();
    if (!without.searchers_out) no_searcher.release();
  };
  puzzle::play({{"searcher", search}, {"inserter", add, 2}, {"deleter", remove}});
}

void right() { use_list({}); }
void wrong_inserters() { use_list({.insert_lock = true}); }
void wrong_deleter() { use_list({.searchers_out = true}); }

int main() {
  return puzzle::verdict(
      {.right = {{"a switch for searchers, one for inserters, and a lock among these", right}},
       .wrong = {{"the inserters have only the switch", wrong_inserters, "check failed"},
                 {"the deleter forgets the searchers", wrong_deleter, "check failed"}}});
}
