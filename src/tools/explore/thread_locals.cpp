#include "tools/explore/thread_locals.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <memory>
#include <span>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail::explorer {
namespace {

using Elf = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);
using std::string_view;

/// Libraries that know of fibers, or keep nothing there that matters to a body.
constexpr std::array<string_view, 10> kOurs = {"libtwill", "libc.so", "ld-linux", "libstdc++",
                                               "libgcc_s", "libm.so", "libasan",  "libtsan",
                                               "libubsan", "liblsan"};
/// The same of a program into which they are linked.
constexpr std::array<string_view, 8> kOurSymbols = {
    "5twill", "__tsan", "__asan", "__lsan", "__ubsan", "__sanitizer", "_ZSt", "eh_globals"};

/// A file as it lies on disk; empty if that cannot be.
class File {
 public:
  explicit File(const char* path) noexcept {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (memory != MAP_FAILED) bytes_ = {static_cast<const std::byte*>(memory), size};
    }
    if (descriptor >= 0) close(descriptor);
  }
  ~File() {
    if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// So many of them, from there on; none if the file ends before.
  template <class T>
  std::span<const T> at(std::size_t offset, std::size_t count) const noexcept {
    if (offset > bytes_.size() || count > (bytes_.size() - offset) / sizeof(T)) return {};
    return {reinterpret_cast<const T*>(bytes_.data() + offset), count};
  }

 private:
  std::span<const std::byte> bytes_;
};

bool is_ours(string_view symbol) noexcept {
  return symbol == "__tls_guard" ||
         std::any_of(kOurSymbols.begin(), kOurSymbols.end(),
                     [symbol](string_view ours) { return symbol.find(ours) != symbol.npos; });
}

std::string readable(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return name != nullptr ? name.get() : symbol;
}

/// The first thread_local of a symbol table that is not ours.
std::string foreign_symbol(const File& file, const Section& table, const Section& names) {
  const auto texts = file.at<char>(names.sh_offset, names.sh_size);
  for (const Symbol& symbol : file.at<Symbol>(table.sh_offset, table.sh_size / sizeof(Symbol))) {
    if ((symbol.st_info & 0xf) != STT_TLS || symbol.st_name >= texts.size()) continue;
    const char* const name = texts.data() + symbol.st_name;
    if (!is_ours(name)) return readable(name);
  }
  return "";
}

std::string foreign_symbol_of(const char* path) {
  const File file(path);
  const auto header = file.at<Elf>(0, 1);
  if (header.empty()) return "";
  const auto sections = file.at<Section>(header[0].e_shoff, header[0].e_shnum);
  for (const Section& section : sections)
    if (section.sh_type == SHT_SYMTAB && section.sh_link < sections.size())
      return foreign_symbol(file, section, sections[section.sh_link]);
  return "";
}

bool contains(const dl_phdr_info& module, const void* address) noexcept {
  const auto where = reinterpret_cast<std::uintptr_t>(address);
  return std::any_of(module.dlpi_phdr, module.dlpi_phdr + module.dlpi_phnum, [&](const auto& part) {
    return part.p_type == PT_LOAD && where - module.dlpi_addr - part.p_vaddr < part.p_memsz;
  });
}

int look_at(dl_phdr_info* module, std::size_t, void* found) {
  const bool has_locals =
      std::any_of(module->dlpi_phdr, module->dlpi_phdr + module->dlpi_phnum,
                  [](const auto& part) { return part.p_type == PT_TLS && part.p_memsz != 0; });
  string_view name = module->dlpi_name;
  const bool is_program = name.empty();
  name.remove_prefix(name.rfind('/') + 1);
  const bool ours = std::any_of(kOurs.begin(), kOurs.end(),
                                [name](string_view known) { return name.starts_with(known); });
  if (!has_locals || (!is_program && ours)) return 0;
  const std::string symbol = foreign_symbol_of(is_program ? "/proc/self/exe" : module->dlpi_name);
  const void* const twill = reinterpret_cast<const void*>(foreign_thread_local);
  if (symbol.empty() && contains(*module, twill)) return 0;
  const std::string of = is_program ? "the program" : std::string(name);
  *static_cast<std::string*>(found) =
      (symbol.empty() ? of + " has a thread_local" : symbol + " of " + of + " is thread_local");
  return 1;
}

}  // namespace

std::string foreign_thread_local() {
  std::string found;
  dl_iterate_phdr(look_at, &found);
  return found;
}

}  // namespace detail::explorer
TWILL_END
