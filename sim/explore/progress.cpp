#include "sim/explore/progress.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace sim {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

static_assert(std::is_trivially_copyable_v<Tally>);

constexpr std::string_view digits = "0123456789abcdef";

std::string to_hex(const Tally& tally) {
  std::array<unsigned char, sizeof(Tally)> bytes;
  std::memcpy(bytes.data(), &tally, sizeof(tally));
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool from_hex(const std::string& text, Tally& tally) {
  if (text.size() != sizeof(Tally) * 2) return false;
  std::array<unsigned char, sizeof(Tally)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t high = digits.find(text[2 * i]);
    const std::size_t low = digits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<unsigned char>(high << 4 | low);
  }
  std::memcpy(&tally, bytes.data(), sizeof(tally));
  return true;
}

}  // namespace

kev::Result<bool> write_progress(const Progress& progress, const std::string& path) {
  const Json json = {{"campaign", progress.campaign},   {"next", progress.next},
                     {"redundant", progress.redundant}, {"hits", progress.hits},
                     {"orders", progress.orders},       {"tally", to_hex(progress.tally)}};
  const std::string fresh = path + ".new";
  std::error_code error;
  if (fs::path(path).has_parent_path()) fs::create_directories(fs::path(path).parent_path(), error);
  {
    std::ofstream file(fresh, std::ios::binary);
    file << json.dump(1) << '\n';
    if (!file.flush()) return kev::fail("cannot write the campaign's progress", {fresh, 0, 0});
  }
  fs::rename(fresh, path, error);
  if (error) return kev::fail("cannot write the campaign's progress", {path, 0, 0});
  return true;
}

kev::Result<Progress> read_progress(const std::string& path, const std::string& campaign) {
  Progress progress;
  progress.campaign = campaign;
  std::error_code error;
  if (!fs::exists(path, error)) return progress;
  std::ifstream file(path);
  const auto not_progress = [&path] {
    return kev::fail("not the progress of a campaign", {path, 0, 0},
                     "a file that kevsim explore --campaign wrote");
  };
  const Json json = Json::parse(file, nullptr, false);
  try {
    if (json.at("campaign") != campaign)
      return kev::fail("this is the progress of another campaign", {path, 0, 0},
                       "of " + json.at("campaign").get<std::string>());
    progress.next = json.at("next");
    progress.redundant = json.at("redundant");
    progress.hits = json.at("hits").get<std::vector<std::uint64_t>>();
    progress.orders = json.at("orders").get<std::vector<std::uint64_t>>();
    if (!from_hex(json.at("tally"), progress.tally)) return not_progress();
  } catch (const Json::exception&) {
    return not_progress();
  }
  return progress;
}

}  // namespace sim
