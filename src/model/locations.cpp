#include "model/locations.hpp"

#include <cstdio>
#include <cstdlib>

TWILL_BEGIN
namespace model {

void Locations::begin_exploration() {
  table_.assign(kCapacity, {});
  used_ = 0;
  found_shared_.clear();
}

Location& Locations::find(Cell cell) {
  const auto hash = reinterpret_cast<std::uintptr_t>(cell.address) * 0x9E3779B97F4A7C15u;
  for (std::size_t i = hash >> 51;; i = (i + 1) % kCapacity) {
    Location& location = table_[i];
    if (location.address == nullptr) {
      if (++used_ == kCapacity) {
        std::fprintf(stderr, "model: more than %zu atomic variables\n", kCapacity);
        std::abort();
      }
      location.address = cell.address;
    }
    if (location.address != cell.address) continue;
    location.size = cell.size;
    if (location.execution != execution_) {
      location.execution = execution_;
      location.life = Location::global;
      location.released = {};
    }
    return location;
  }
}

Location& Locations::touch(Cell cell) {
  static_assert(kCapacity == std::size_t{1} << (64 - 51));
  Location& location = find(cell);
  if (location.life == Location::global) {
    save(cell);
    location.life = Location::local;
  }
  return location;
}

bool Locations::begin_search() noexcept {
  for (Location* location : found_shared_) location->shared = true;
  const bool any = !found_shared_.empty();
  found_shared_.clear();
  return any;
}

void Locations::used_by(Location& location, unsigned thread, bool writes) noexcept {
  const auto several = [&location] {
    const unsigned all = location.readers | location.writers;
    return location.writers != 0 && (all & (all - 1)) != 0;
  };
  const bool before = several();
  (writes ? location.writers : location.readers) |= static_cast<std::uint8_t>(1u << thread);
  if (!before && several()) found_shared_.push_back(&location);
}

void Locations::save(Cell cell) {
  auto* const address = static_cast<char*>(cell.address);
  for (Global& global : globals_) {
    if (address < global.begin || address >= global.begin + global.stride * global.count) continue;
    const std::size_t index = static_cast<std::size_t>(address - global.begin) / global.stride;
    if (global.saved[index] == execution_) return;
    global.saved[index] = execution_;
    return save(global.begin + index * global.stride, global.stride);
  }
  save(cell.address, cell.size);
}

void Locations::save(void* address, std::size_t size) {
  saved_.push_back({address, size, bytes_.size()});
  const auto* from = static_cast<const char*>(address);
  bytes_.insert(bytes_.end(), from, from + size);
}

void Locations::begin_execution() noexcept {
  ++execution_;
  anonymous_.clear();
}

void Locations::end_execution() noexcept {
  for (const Saved& saved : saved_)
    std::memcpy(saved.address, bytes_.data() + saved.at, saved.size);
  saved_.clear();
  bytes_.clear();
  named_.clear();
}

void Locations::declare_global(void* begin, std::size_t stride, std::size_t count, const char* name,
                               std::vector<Field> fields) {
  globals_.push_back({static_cast<char*>(begin), stride, count, name, std::move(fields),
                      std::vector<unsigned long>(count)});
}

void Locations::name(const void* begin, std::size_t size, const char* name) {
  named_.push_back({static_cast<const char*>(begin), size, name});
}

std::string Locations::name_of(const void* pointer) {
  const auto* const address = static_cast<const char*>(pointer);
  for (const Named& n : named_)
    if (address >= n.begin && address < n.begin + n.size)
      return address == n.begin ? n.name : n.name + ('+' + std::to_string(address - n.begin));
  for (const Global& g : globals_) {
    if (address < g.begin || address >= g.begin + g.stride * g.count) continue;
    const std::size_t offset = static_cast<std::size_t>(address - g.begin);
    std::string text = std::string(g.name) + '[' + std::to_string(offset / g.stride) + ']';
    for (const Field& f : g.fields)
      if (f.offset == offset % g.stride) return text + '.' + f.name;
    return text + '+' + std::to_string(offset % g.stride);
  }
  std::string& given = anonymous_[pointer];
  if (given.empty()) given = "variable " + std::to_string(anonymous_.size());
  return given;
}

}  // namespace model
TWILL_END
