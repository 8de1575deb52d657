#include "model/explore.hpp"

#include "model/engine.hpp"

// The ways into the engine: for tests, and for the atomics of the model build.

TWILL_BEGIN
namespace model {

Result explore(const Options& options, const std::function<void()>& body) {
  return engine.explore(options, body);
}
Result replay(const Options& options, const std::string& choices,
              const std::function<void()>& body) {
  return engine.replay(options, choices, body);
}
void run_together(std::vector<std::function<void()>> bodies) { engine.together(std::move(bodies)); }
void check(bool holds, const char* what) noexcept {
  if (!holds) fail(std::string("not true: ") + what);
}
void fail(std::string what) noexcept { engine.fail(std::move(what)); }
unsigned self() noexcept { return engine.self(); }
void follow(void* variable, std::size_t size, const std::vector<std::uint64_t>& initial) {
  engine.follow(variable, size, initial);
}
void declare_global(void* begin, std::size_t stride, std::size_t count, const char* name,
                    std::vector<Field> fields) {
  engine.locations().declare_global(begin, stride, count, name, std::move(fields));
}
void name(const void* begin, std::size_t size, const char* name) {
  engine.locations().name(begin, size, name);
}

void plain_read(const void* address) noexcept {
  if (exploring && !engine.machine().plain_read(engine.self(), address))
    fail("reads plain data while another thread writes it");
}
void plain_write(const void* address) noexcept {
  if (exploring && !engine.machine().plain_write(engine.self(), address))
    fail("writes plain data while another thread uses it");
}

std::uint64_t load(Cell cell, std::memory_order order) noexcept { return engine.load(cell, order); }
void store(Cell cell, std::uint64_t value, std::memory_order order) noexcept {
  engine.store(cell, value, order);
}
std::uint64_t modify(Cell cell, Change change, std::uint64_t operand,
                     std::memory_order order) noexcept {
  return engine.modify(cell, change, operand, order);
}
bool compare_exchange(Cell cell, std::uint64_t& expected, std::uint64_t desired,
                      std::memory_order success, std::memory_order failure) noexcept {
  return engine.compare_exchange(cell, expected, desired, success, failure);
}
void created(Cell cell) noexcept { engine.locations().created(cell); }
void destroyed(Cell cell) noexcept { engine.destroyed(cell); }

}  // namespace model
TWILL_END
