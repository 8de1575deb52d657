// Everything that can be asked of threads, asked: who am I, who is there, is it alive, a daemon?
#include <twill/twill.hpp>

void show(const twill::Thread& thread) {
  twill::print("  {:10} alive {:5}  daemon {:5}  ident {}\n", thread.name(), thread.is_alive(),
               thread.daemon(), thread.ident() ? "yes" : "none");
}

int main() {
  twill::Event go_on;
  twill::Thread worker([&] { go_on.wait(); });
  twill::Thread daemon({.name = "lurker", .daemon = true}, [&] { go_on.wait(); });

  twill::print("before start:\n");
  show(worker);
  worker.start();
  daemon.start();
  twill::print("{} threads:\n", twill::active_count());
  for (const auto& thread : twill::enumerate()) show(thread);
  twill::print("I am {}, and {}main\n", twill::current_thread().name(),
               twill::current_thread() == twill::main_thread() ? "" : "not ");

  try {
    worker.start();
  } catch (const twill::RuntimeError& error) {
    twill::print("start() again: {}\n", error.what());
  }
  try {
    twill::current_thread().join();
  } catch (const twill::RuntimeError& error) {
    twill::print("join() myself: {}\n", error.what());
  }

  go_on.set();
  worker.join();
  daemon.join();
  twill::print("after join:\n");
  show(worker);

  twill::Thread direct(
      [] { twill::print("run() without start(): runs in {}\n", twill::current_thread().name()); });
  direct.run();
}
