#include "platform/code_place.hpp"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <span>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace detail {
namespace {

struct Module {
  std::string path;
  std::string build_id;
  std::uintptr_t base = 0;
};

std::span<const ElfW(Phdr)> segments_of(const dl_phdr_info& info) noexcept {
  return {info.dlpi_phdr, info.dlpi_phnum};
}

/// Whether a segment that is loaded, with all of `flags`, holds the address.
bool has_at(const dl_phdr_info& info, std::uintptr_t address, unsigned flags) noexcept {
  return std::ranges::any_of(segments_of(info), [&](const ElfW(Phdr) & segment) {
    const std::uintptr_t begin = info.dlpi_addr + segment.p_vaddr;
    return segment.p_type == PT_LOAD && (segment.p_flags & flags) == flags && address >= begin &&
           address - begin < segment.p_memsz;
  });
}

/// Of a segment of notes: each has a name and a text, both padded to words of 4 bytes.
std::string build_id_in(const std::byte* at, std::size_t size) {
  constexpr std::size_t kWord = 4;
  const auto padded = [](std::size_t bytes) { return (bytes + kWord - 1) / kWord * kWord; };
  ElfW(Nhdr) note;
  while (size >= sizeof note) {
    std::memcpy(&note, at, sizeof note);
    const std::size_t name = padded(note.n_namesz);
    const std::size_t whole = sizeof note + name + padded(note.n_descsz);
    if (whole > size) break;
    if (note.n_type == NT_GNU_BUILD_ID && name == kWord &&
        std::memcmp(at + sizeof note, "GNU", kWord) == 0) {
      const auto* const id = reinterpret_cast<const char*>(at + sizeof note + name);
      return {id, note.n_descsz};
    }
    at += whole;
    size -= whole;
  }
  return {};
}

Module module_of(const dl_phdr_info& info) {
  Module module{info.dlpi_name, {}, info.dlpi_addr};
  for (const auto& segment : segments_of(info)) {
    if (segment.p_type != PT_NOTE || !module.build_id.empty()) continue;
    const std::uintptr_t at = info.dlpi_addr + segment.p_vaddr;
    module.build_id = build_id_in(reinterpret_cast<const std::byte*>(at), segment.p_memsz);
  }
  return module;
}

/// Calls `visit` for each module until it answers true, and answers whether it did.
template <class Visit>
bool visit_modules(Visit visit) {
  const auto call = [](dl_phdr_info* info, std::size_t, void* data) {
    return (*static_cast<Visit*>(data))(*info) ? 1 : 0;
  };
  return dl_iterate_phdr(call, &visit) != 0;
}

}  // namespace

CodePlace place_of(Function function) {
  const auto address = reinterpret_cast<std::uintptr_t>(function);
  Module module;
  const bool found = visit_modules([&](const dl_phdr_info& info) {
    if (!has_at(info, address, PF_X)) return false;
    module = module_of(info);
    return true;
  });
  if (!found) throw RuntimeError("a function that is in no file cannot be named to a new process");
  return {module.path, module.build_id, address - module.base};
}

Function function_at(const CodePlace& place) {
  std::uintptr_t address = 0;
  visit_modules([&](const dl_phdr_info& info) {
    if (place.module != info.dlpi_name) return false;
    const Module module = module_of(info);
    const std::uintptr_t there = module.base + place.offset;
    if (module.build_id == place.build_id && has_at(info, there, PF_X)) address = there;
    return true;
  });
  if (address == 0)
    throw RuntimeError("the new process has no function as it was asked for in " +
                       (place.module.empty() ? "the program" : place.module));
  return reinterpret_cast<Function>(address);
}

bool is_static(const void* object) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(object);
  return visit_modules([&](const dl_phdr_info& info) { return has_at(info, address, PF_W); });
}

}  // namespace detail
TWILL_END
