#include <twill/park/label.hpp>

#include <atomic>
#include <cstring>
#include <string_view>
#include <utility>

#include <twill/platform/atomic.hpp>

#include "park/serials.hpp"

TWILL_BEGIN
namespace detail {
namespace {

struct Record {
  std::string name;
  std::uint64_t serial;
  std::source_location made;
};

std::atomic_ref<std::uintptr_t> bits_of(const std::source_location& made) noexcept {
  return std::atomic_ref(
      *reinterpret_cast<std::uintptr_t*>(const_cast<std::source_location*>(&made)));
}

const Record* as_record(std::uintptr_t bits) noexcept {
  return reinterpret_cast<const Record*>(bits & ~std::uintptr_t{1});
}

std::source_location as_place(std::uintptr_t bits) noexcept {
  std::source_location place;
  static_assert(sizeof place == sizeof bits);
  std::memcpy(static_cast<void*>(&place), &bits, sizeof bits);
  return place;
}

std::uintptr_t tagged(const Record* record) noexcept {
  return reinterpret_cast<std::uintptr_t>(record) | 1;
}

/// One for each kind of object; kinds are few and their names are literals.
struct Counter {
  atomic<const char*> kind;
  atomic<std::uint64_t> last;
};
constinit Counter counters[32]{};

std::uint64_t next_serial(const char* kind) noexcept {
  for (auto& counter : counters) {
    const char* known = nullptr;
    if (counter.kind.compare_exchange_strong(known, kind, acq_rel, acquire)) known = kind;
    if (std::string_view(known) == kind) return counter.last.fetch_add(1, relaxed) + 1;
  }
  return counters[31].last.fetch_add(1, relaxed) + 1;
}

/// The record behind a label, drawn up when it is first asked for. Two threads may ask at once: one
/// wins.
const Record& record_of(const std::source_location& made, const char* kind) {
  auto bits = bits_of(made);
  std::uintptr_t seen = bits.load(std::memory_order_acquire);
  if ((seen & 1) == 0) {
    const auto* fresh = new Record{{}, next_serial(kind), as_place(seen)};
    if (bits.compare_exchange_strong(seen, tagged(fresh), std::memory_order_acq_rel)) return *fresh;
    delete fresh;
  }
  return *as_record(seen);
}

bool is_ours(std::string_view file) noexcept {
  return file.find("/include/c++/") != file.npos || file.find("/include/twill/") != file.npos;
}

std::string_view base_name(std::string_view file) noexcept {
  return file.substr(file.rfind('/') + 1);
}

}  // namespace

Label::Label(const char* kind, std::string name, std::source_location made) : made_(made) {
  if (!name.empty())
    bits_of(made_).store(tagged(new Record{std::move(name), next_serial(kind), made}));
}

void count_labels_anew() noexcept {
  for (Counter& counter : counters) counter.last.store(0, relaxed);
}

void Label::forget() noexcept { delete as_record(bits_of(made_).load(std::memory_order_acquire)); }

std::string Label::name(const char* kind) const {
  const Record& record = record_of(made_, kind);
  if (!record.name.empty()) return record.name;
  return std::string(kind) + '#' + std::to_string(record.serial);
}

std::string Label::describe(const char* kind) const {
  const Record& record = record_of(made_, kind);
  std::string text =
      record.name.empty() ? name(kind) : std::string(kind) + " '" + record.name + '\'';
  const std::string_view file = record.made.file_name();
  if (file.empty() || is_ours(file)) return text;
  return text.append(" (made at ").append(base_name(file)) + ':' +
         std::to_string(record.made.line()) + ')';
}

}  // namespace detail
TWILL_END
