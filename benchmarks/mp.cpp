// The area `mp`: messages between processes, two processes that answer each other, and a shared
// lock that nobody competes for.

#include <twill/mp/condition.hpp>
#include <twill/mp/event.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/semaphore.hpp>

#include "mp_pool.hpp"
#include "mp_queues.hpp"
#include "mp_signals.hpp"
#include "mp_start.hpp"
#include "pairs.hpp"
#include "processes.hpp"
#include "python.hpp"
#include "signals.hpp"

namespace bench {
namespace {

/// Seconds for `count` messages from `pairs` processes to as many.
template <template <std::size_t> class Queue, std::size_t Size>
double transfer(Place place, unsigned pairs, std::uint64_t count) {
  Queue<Size> queue;
  struct Sums {
    std::uint64_t of[8] = {};
  };
  const InSharedMemory<Sums> sums;
  const std::uint64_t each = count / pairs;
  const auto produce = [&](unsigned i) {
    const auto message = std::make_unique<Message<Size>>();
    for (std::uint64_t n = i * each; n < (i + 1) * each; ++n) {
      std::memcpy(message->data(), &n, sizeof n);
      queue.put(*message);
    }
  };
  const auto consume = [&](unsigned i) {
    const auto message = std::make_unique<Message<Size>>();
    std::uint64_t sum = 0;
    for (std::uint64_t n = 0; n < each; ++n) sum += queue.get(*message);
    sums->of[i] = sum;
  };
  const double passed = crowd(
      place, 2 * pairs, [&](unsigned i) { i < pairs ? produce(i) : consume(i - pairs); },
      [&](unsigned i) { return i < pairs ? 0u : 1u; });
  std::uint64_t sum = 0;
  for (const std::uint64_t s : sums->of) sum += s;
  verify(sum == count * (count - 1) / 2, "a queue lost or doubled a message");
  return passed;
}

/// Messages a second; every run takes about equally long, whatever the queue.
template <template <std::size_t> class Queue, std::size_t Size>
Side<> side(const char* name, Place place, unsigned pairs) {
  return {name, [=, rate = std::make_shared<double>(2e10 / (Size + 1e5))] {
            const double wanted = *rate * seconds(0.15);
            const auto count = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 64);
            const std::uint64_t even = count / 4 * 4;
            *rate = static_cast<double>(even) / transfer<Queue, Size>(place, pairs, even);
            return *rate;
          }};
}

// The start of the processes is not counted.
constexpr const char* kPython = R"python(
import multiprocessing as mp, os, sys, time
place, count = sys.argv[1], int(sys.argv[2])
cores = sorted(os.sched_getaffinity(0))

def take_place(group):
    os.sched_setaffinity(0, {cores[group % len(cores) if place == 'apart' else 0]})

def produce(q, gate):
    take_place(0)
    message = bytes(64)
    gate.wait()
    for _ in range(count): q.put(message)

context = mp.get_context('fork')
q, gate = context.Queue(), context.Barrier(2)
child = context.Process(target=produce, args=(q, gate))
child.start()
take_place(1)
gate.wait()
begin = time.perf_counter()
for _ in range(count): assert len(q.get()) == 64
print(count / (time.perf_counter() - begin))
child.join()
)python";

Side<> cpython(Place place) {
  return {"multiprocessing.Queue", [=] {
            const int count = options.quick ? 2'000 : 20'000;
            return python(kPython, name_of(place) + (' ' + std::to_string(count)));
          }};
}

template <std::size_t Size>
void messages(const std::string& size, unsigned pairs, double over_boost, double over_pipe) {
  for (const Place place : options.places) {
    if (place == Place::free) continue;
    std::vector<Side<>> sides{side<TwillMpQueue, Size>("twill", place, pairs),
                              side<BoostMpQueue, Size>("boost message_queue", place, pairs)};
    if (pairs == 1 || Size <= PIPE_BUF) sides.push_back(side<Pipe, Size>("pipe(2)", place, pairs));
    const bool has_python = Size == 64 && pairs == 1;
    if (has_python) sides.push_back(cpython(place));
    const auto figures = take_turns(sides);
    const std::string shape = std::to_string(pairs) + "P" + std::to_string(pairs) + "C";
    const auto line = [&](std::size_t peer, double goal) {
      const Work work{"Queue, " + size + ", " + shape, "/s", Better::more, goal};
      report(work.at(place), figures[0], {figures[peer]});
    };
    line(1, over_boost);
    line(2, over_pipe);
    if (has_python) line(3, 50);
  }
}

void lent_messages() {
  constexpr std::size_t kSize = 1 << 20;
  for (const Place place : options.places) {
    if (place == Place::free) continue;
    const auto figures = take_turns({side<TwillLending, kSize>("twill", place, 1),
                                     side<BoostCopying, kSize>("boost message_queue", place, 1)});
    const Work work{"Queue, 1 MiB made and lent, 1P1C", "/s", Better::more, 4};
    report(work.at(place), figures[0], {figures[1]});
  }
}

template <class Turns>
Side<> round_trips(const char* name, Place place) {
  return {name, [place] {
            const InSharedMemory<Turns> turns;
            const int trips = options.quick ? 500 : 4'000;
            const double passed = crowd(place, 2, [&](unsigned i) {
              if (i == 1) turns->await(1);
              for (int trip = 1; trip < trips; ++trip) turns->pass(static_cast<int>(i));
              i == 0 ? turns->pass(0) : turns->give(0);
            });
            return passed / trips * 1e6;
          }};
}

void ping_pong() {
  for (const Place place : options.places) {
    if (place == Place::free) continue;
    const auto figures = take_turns(
        {round_trips<SignalTurns<EventSignal<twill::mp::Event>>>("Event", place),
         round_trips<SignalTurns<SemaphoreSignal<twill::mp::Semaphore>>>("Semaphore", place),
         round_trips<ConditionTurns<twill::mp::Lock, twill::mp::Condition>>("Condition", place),
         round_trips<SignalTurns<BasicFutexSignal<0>>>("bare futex", place),
         round_trips<SignalTurns<SemaphoreSignal<BoostSemaphore>>>("boost interprocess_semaphore",
                                                                   place)});
    for (std::size_t ours = 0; ours < 3; ++ours) {
      const std::string name = "ping-pong on " + figures[ours].name;
      const bool same = place == Place::same;
      report(Work{name, "us", Better::less, same ? 0.9 : 0}.at(place), figures[ours], {figures[3]});
      report(Work{name, "us", Better::less, same ? 0 : 40.0}.at(place), figures[ours],
             {figures[4]});
    }
  }
}

template <class Lock>
double time_lock(Lock& lock) {
  return time_pairs([&] {
    lock.lock();
    lock.unlock();
  });
}

void lock_alone() {
  const auto twill = [] {
    twill::mp::Lock lock;
    return time_lock(lock);
  };
  const auto pthread = [] {
    const InSharedMemory<RobustMutex> mutex;
    return time_lock(*mutex);
  };
  compare(Work{"Lock, alone", "ns", Better::less, 1},
          {{"twill", twill}, {"robust pshared pthread_mutex_t", pthread}});
}

void run() {
  messages<64>("64 B", 1, 3.5, 6);
  messages<64>("64 B", 2, 3.5, 6);
  messages<1024>("1 KiB", 1, 3, 3);
  messages<1 << 20>("1 MiB", 1, 2, 0);
  lent_messages();
  ping_pong();
  lock_alone();
  run_process_starts();
  run_process_pools();
}

const Area area("mp", "messages, signals and calls between processes", run);

}  // namespace
}  // namespace bench
