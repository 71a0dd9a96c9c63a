#include "sim/vfs/frame_lists.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace {

using Lists = sim::FrameLists<2>;

/// From the back to the front.
std::vector<std::uint32_t> frames_of(const Lists& lists, std::uint32_t list) {
  std::vector<std::uint32_t> frames;
  for (std::uint32_t frame = lists.back(list); frame != 0; frame = lists.before(frame))
    frames.push_back(frame);
  return frames;
}

}  // namespace

TEST_CASE("frames leave a list from the back in the order in which they came") {
  Lists lists;
  for (const std::uint32_t frame : {7U, 1U, 300U}) lists.push_front(0, frame);
  CHECK(frames_of(lists, 0) == std::vector<std::uint32_t>{7, 1, 300});
  CHECK(frames_of(lists, 1).empty());
  CHECK(lists.size(0) == 3);
}

TEST_CASE("a frame leaves from the middle and joins the other list") {
  Lists lists;
  for (const std::uint32_t frame : {1U, 2U, 3U}) lists.push_front(0, frame);
  lists.push_front(1, 4);
  lists.remove(0, 2);
  lists.push_front(1, 2);
  CHECK(frames_of(lists, 0) == std::vector<std::uint32_t>{1, 3});
  CHECK(frames_of(lists, 1) == std::vector<std::uint32_t>{4, 2});
  CHECK(lists.size(0) == 2);
  CHECK(lists.size(1) == 2);
}

TEST_CASE("a list that was emptied is as good as new") {
  Lists lists;
  lists.push_front(1, 5);
  lists.remove(1, 5);
  CHECK(lists.back(1) == 0);
  lists.push_front(1, 6);
  lists.push_front(1, 5);
  CHECK(frames_of(lists, 1) == std::vector<std::uint32_t>{6, 5});
}
