#include "python.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace bench {
namespace {

// The start of the interpreter is not counted. Pinning is that of team().
constexpr const char* kProgram = R"python(
import os, queue, sys, threading, time
place, producers, consumers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
maxsize, count = int(sys.argv[4]), int(sys.argv[5])
q = queue.Queue(maxsize)
cores = sorted(os.sched_getaffinity(0))
sums = [0] * consumers
gate = threading.Barrier(producers + consumers + 1)

def take_place(group):
    if place != 'free':
        os.sched_setaffinity(0, {cores[group % len(cores) if place == 'apart' else 0]})
    gate.wait()

def produce(i):
    take_place(0)
    for item in range(i * count // producers, (i + 1) * count // producers):
        q.put(item)

def consume(i):
    take_place(1)
    total = 0
    for _ in range(count // consumers):
        total += q.get()
    sums[i] = total

threads = [threading.Thread(target=produce, args=(i,)) for i in range(producers)]
threads += [threading.Thread(target=consume, args=(i,)) for i in range(consumers)]
for t in threads: t.start()
gate.wait()
begin = time.perf_counter()
for t in threads: t.join()
passed = time.perf_counter() - begin
assert sum(sums) == count * (count - 1) // 2
print(count / passed / 1e6)
)python";

}  // namespace

double python(const char* program, const std::string& arguments) {
  const std::string command = std::string("python3 -c \"") + program + "\" " + arguments;
  std::FILE* child = popen(command.c_str(), "r");
  verify(child != nullptr, "python3 cannot be started");
  double figure = 0;
  const bool read = std::fscanf(child, "%lf", &figure) == 1;
  verify(pclose(child) == 0 && read, "a program of python3 failed");
  return figure;
}

double python_queue(Place place, unsigned producers, unsigned consumers, std::size_t capacity) {
  const int count = static_cast<int>(seconds(0.2) * 200'000) / 16 * 16;
  return python(kProgram, std::string(name_of(place)) + " " + std::to_string(producers) + " " +
                              std::to_string(consumers) + " " + std::to_string(capacity) + " " +
                              std::to_string(count));
}

}  // namespace bench
