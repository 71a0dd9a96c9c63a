#include "sim/instrument/code_places.hpp"

#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "sim/instrument/build_program.hpp"

namespace sim {

namespace {

int first_object(dl_phdr_info* info, std::size_t, void* base) {
  *static_cast<std::uintptr_t*>(base) = info->dlpi_addr;
  return 1;
}

/// Where the executable was loaded.
std::uintptr_t load_address() {
  std::uintptr_t base = 0;
  ::dl_iterate_phdr(&first_object, &base);
  return base;
}

/// "Queue::push_ready": neither arguments nor namespaces nor what templates are made of.
std::string short_name(std::string function) {
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = function.find(anonymous)) != std::string::npos;)
    function.erase(at, anonymous.size());
  std::string out;
  int depth = 0;
  for (const char c : function) {
    if (c == '(' && depth == 0) break;
    if (c == '<') ++depth;
    if (depth == 0) out += c;
    if (c == '>') --depth;
  }
  for (const std::string_view space : {"kev::", "sim::", "test::"})
    for (std::size_t at = 0; (at = out.find(space)) != std::string::npos;)
      out.erase(at, space.size());
  return out.substr(out.find_last_of(' ') + 1);
}

/// -a: each answer begins with its address.
std::string command(const std::string& file, const std::string& addresses) {
  return fmt::format("addr2line -aCfi -e {}{} 2>/dev/null", quoted(file), addresses);
}

/// What a table has room for.
std::string clipped(std::string text) {
  constexpr std::size_t columns = 56;
  const std::size_t begin = text.find_first_not_of(" \t");
  text.erase(0, begin == std::string::npos ? text.size() : begin);
  if (text.size() > columns) text.replace(columns - 3, std::string::npos, "...");
  return text;
}

}  // namespace

CodePlaces::CodePlaces() : CodePlaces(fmt::format("/proc/{}/exe", ::getpid()), load_address()) {}

void CodePlaces::answer(const std::string& answers, const std::vector<Place*>& places) const {
  std::istringstream lines(answers);
  std::size_t next = 0;
  Place* place = nullptr;
  std::string function;
  std::string where;
  // Innermost first; of the C++ library's functions, who called them.
  while (std::getline(lines, function)) {
    if (function.starts_with("0x")) {
      place = next < places.size() ? places[next++] : nullptr;
      continue;
    }
    if (!std::getline(lines, where)) return;
    if (place == nullptr || where.starts_with("/usr/")) continue;
    where.resize(std::min(where.size(), where.find(' ')));
    if (!where.ends_with('?')) {
      const std::size_t colon = where.rfind(':');
      place->name =
          fmt::format("{} ({})", where.substr(where.find_last_of('/') + 1), short_name(function));
      place->path = where.substr(0, colon);
      place->line = std::strtoul(where.c_str() + colon + 1, nullptr, 10);
    }
    place = nullptr;
  }
}

const std::string& CodePlaces::quote(const Place& place) {
  static const std::string nothing;
  const auto [source, fresh] = sources_.try_emplace(place.path);
  if (fresh) {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(place.path, error);
    const bool edited = error || written > std::filesystem::last_write_time(file_, error);
    std::ifstream file(place.path);
    for (std::string line; !edited && !error && std::getline(file, line);)
      source->second.push_back(clipped(std::move(line)));
  }
  return place.line - 1 < source->second.size() ? source->second[place.line - 1] : nothing;
}

std::string CodePlaces::line(std::uintptr_t pc) {
  learn({pc});
  const Place& place = known_[pc];
  const std::string& code = quote(place);
  if (code.empty()) return place.name;
  return fmt::format("{}  {}", place.name.substr(0, place.name.find(' ')), code);
}

void CodePlaces::learn(const std::vector<std::uintptr_t>& places) {
  constexpr std::size_t places_a_call = 1000;
  std::vector<Place*> asked;
  std::string addresses;
  const auto ask = [&] {
    if (!asked.empty()) answer(output_of(command(file_, addresses)), asked);
    asked.clear();
    addresses.clear();
  };
  for (const std::uintptr_t pc : places) {
    const auto [entry, added] = known_.try_emplace(pc);
    if (!added) continue;
    asked.push_back(&entry->second);
    // A return address is of the instruction after the call.
    addresses += fmt::format(" {:#x}", pc - base_ - 1);
    if (asked.size() == places_a_call) ask();
  }
  ask();
}

const std::string& CodePlaces::name(std::uintptr_t pc) {
  learn({pc});
  return known_[pc].name;
}

}  // namespace sim
