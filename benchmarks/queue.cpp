// The area `queue`: items of 8 bytes from producers to consumers, all of whom
// block when they must. `apart` has producers on one core and consumers on the
// other.

#include <algorithm>
#include <memory>
#include <stack>

#include "python.hpp"
#include "queues.hpp"
#include "team.hpp"

namespace bench {
namespace {

struct Shape {
  unsigned producers, consumers;
  std::size_t capacity;

  std::string name() const {
    return std::to_string(producers) + "P" + std::to_string(consumers) + "C " +
           (capacity != 0 ? "bounded" : "unbounded");
  }
};

std::uint64_t number_of(std::uint64_t item) { return item; }
template <class Number>
std::uint64_t number_of(const std::pair<Number, std::uint64_t>& item) {
  return item.second;
}

template <class Item>
Item item_of(std::uint64_t number) {
  if constexpr (std::is_integral_v<Item>)
    return number;
  else
    return {static_cast<std::uint32_t>(number * 2654435761u), number};  // in no order
}

/// Seconds for `count` items, a multiple of both numbers of threads.
template <class Queue>
double transfer(Place place, Shape shape, std::uint64_t count) {
  Queue queue(shape.capacity);
  std::vector<std::uint64_t> sums(shape.consumers);
  const auto produce = [&](unsigned i) {
    typename Queue::Producer producer(queue);
    const std::uint64_t each = count / shape.producers;
    for (std::uint64_t n = i * each; n < (i + 1) * each; ++n)
      producer.put(item_of<typename Queue::Item>(n));
  };
  const auto consume = [&](unsigned i) {
    typename Queue::Consumer consumer(queue);
    std::uint64_t sum = 0;
    for (std::uint64_t n = 0; n < count / shape.consumers; ++n) sum += number_of(consumer.get());
    sums[i] = sum;
  };
  const double passed = team(
      place, shape.producers + shape.consumers,
      [&](unsigned i) { i < shape.producers ? produce(i) : consume(i - shape.producers); },
      [&](unsigned i) { return i < shape.producers ? 0u : 1u; });
  std::uint64_t sum = 0;
  for (const std::uint64_t s : sums) sum += s;
  verify(sum == count * (count - 1) / 2, "a queue lost or doubled an item");
  return passed;
}

/// Millions of items a second; every run takes about equally long, whatever the
/// queue.
template <class Queue>
Side<> side(const char* name, Place place, Shape shape) {
  return {name, [=, rate = std::make_shared<double>(0.02)] {
            const double wanted = *rate * 1e6 * seconds(0.15);
            const auto count =
                std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1024) / 16 * 16;
            *rate = static_cast<double>(count) / transfer<Queue>(place, shape, count) / 1e6;
            return *rate;
          }};
}

using Item = std::uint64_t;
using Ranked = std::pair<std::uint32_t, Item>;

template <class T>
using Least = std::priority_queue<T, std::vector<T>, std::greater<>>;

Side<> cpython(Place place, Shape shape) {
  return {"CPython queue.Queue",
          [=] { return python_queue(place, shape.producers, shape.consumers, shape.capacity); }};
}

/// A quick pass does not start the interpreter for each shape.
bool has_python(Shape shape) { return !options.quick || shape.producers == 1; }

std::vector<Side<>> fifo_sides(Place place, Shape shape) {
  std::vector<Side<>> sides{side<TwillQueue<twill::Queue, Item>>("twill", place, shape),
                            side<StdQueue<std::queue<Item>>>("std::queue + mutex", place, shape),
                            side<TbbQueue<Item>>("tbb::concurrent_bounded_queue", place, shape)};
  if (shape.capacity != 0) {
    sides.push_back(side<BoostBounded<Item>>("boost::sync_bounded_queue", place, shape));
  } else {
    sides.push_back(side<BoostUnbounded<Item>>("boost::sync_queue", place, shape));
    sides.push_back(
        side<MoodycamelQueue<Item>>("moodycamel::BlockingConcurrentQueue", place, shape));
  }
  return sides;
}

void fifo(Place place, Shape shape) {
  std::vector<Side<>> sides = fifo_sides(place, shape);
  if (has_python(shape)) sides.push_back(cpython(place, shape));
  std::vector<Figures> figures = take_turns(sides);
  const Figures twill = figures.front();
  figures.erase(figures.begin());

  const std::string name = "Queue, " + shape.name();
  if (has_python(shape)) {
    report(Work{name, "M/s", Better::more, 50}.at(place), twill, {figures.back()});
    figures.pop_back();
  }
  const double goal = shape.capacity != 0 ? 4 : 1.7;
  report_best(Work{name, "M/s", Better::more, goal}.at(place), twill, figures);
}

void ordered(Place place, Shape shape) {
  compare(Work{"PriorityQueue, " + shape.name(), "M/s", Better::more, 1.5}.at(place),
          {side<TwillQueue<twill::PriorityQueue, Ranked>>("twill", place, shape),
           side<StdQueue<Least<Ranked>>>("std::priority_queue + mutex", place, shape)});
  compare(
      Work{"LifoQueue, " + shape.name(), "M/s", Better::more, 1.5}.at(place),
      {side<TwillQueue<twill::LifoQueue, Item>>("twill", place, shape),
       side<StdQueue<std::stack<Item, std::vector<Item>>>>("std::stack + mutex", place, shape)});
}

void run() {
  constexpr std::size_t kBound = 1024;
  for (const Place place : options.places)
    for (const unsigned n : {1u, 2u, 4u}) {
      for (const std::size_t capacity : {kBound, std::size_t{0}}) fifo(place, {n, n, capacity});
      ordered(place, {n, n, kBound});
    }
}

const Area area("queue", "items from producers to consumers, all blocking", run);

}  // namespace
}  // namespace bench
