#include "sim/instrument/symbols.hpp"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

namespace sim {

namespace {

/// The file, read with bounds: a file that ends too early has no symbols.
class Image {
 public:
  explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}

  template <class T>
  [[nodiscard]] bool read(std::uint64_t at, T& value) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) return false;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return true;
  }
  [[nodiscard]] std::string text(std::uint64_t at) const {
    if (at >= bytes_.size()) return {};
    return {bytes_.data() + at, ::strnlen(bytes_.data() + at, bytes_.size() - at)};
  }

 private:
  std::string bytes_;
};

std::string readable(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      name.starts_with("_Z") ? abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status)
                             : nullptr,
      &std::free);
  return text != nullptr ? text.get() : name;
}

void add_symbols(const Image& image, const Elf64_Shdr& table, const Elf64_Shdr& names,
                 Symbols& symbols) {
  for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    if (!image.read(table.sh_offset + at, symbol)) return;
    const std::string name = image.text(names.sh_offset + symbol.st_name);
    const auto type = ELF64_ST_TYPE(symbol.st_info);
    if (symbol.st_shndx == SHN_UNDEF) {
      if (!name.empty()) symbols.imported.push_back(name);
    } else if (type == STT_OBJECT && symbol.st_size != 0) {
      symbols.objects.push_back({symbol.st_value, symbol.st_size, readable(name)});
    } else if (type == STT_FUNC) {
      symbols.functions.push_back({symbol.st_value, symbol.st_size, readable(name)});
    }
  }
}

void sort(std::vector<Symbol>& symbols) {
  std::stable_sort(symbols.begin(), symbols.end(),
                   [](const Symbol& a, const Symbol& b) { return a.value < b.value; });
}

}  // namespace

bool Symbols::imports(std::string_view name) const {
  return std::find(imported.begin(), imported.end(), name) != imported.end();
}

const Symbol* Symbols::find(const std::vector<Symbol>& symbols, std::uint64_t value) {
  const auto after =
      std::upper_bound(symbols.begin(), symbols.end(), value,
                       [](std::uint64_t v, const Symbol& symbol) { return v < symbol.value; });
  if (after == symbols.begin()) return nullptr;
  const Symbol& symbol = *std::prev(after);
  return value - symbol.value < symbol.bytes ? &symbol : nullptr;
}

kev::Result<Symbols> read_symbols(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const Image image(std::string(std::istreambuf_iterator<char>(file), {}));
  Elf64_Ehdr header;
  if (!image.read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return kev::fail("not an ELF file of this machine", {path, 0, 0});
  Symbols symbols;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr table;
    Elf64_Shdr names;
    if (!image.read(header.e_shoff + i * sizeof(Elf64_Shdr), table)) break;
    if (table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) continue;
    if (!image.read(header.e_shoff + table.sh_link * sizeof(Elf64_Shdr), names)) continue;
    add_symbols(image, table, names, symbols);
  }
  sort(symbols.objects);
  sort(symbols.functions);
  return symbols;
}

}  // namespace sim
