// Congestion control: how a window grows, and what a loss leaves of it.

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "sim/net/congestion.hpp"

using kev::Instant;

TEST_CASE("NewReno grows by one an acknowledgement, then by one a window, and halves") {
  const sim::CongestionControl* newreno = sim::find_congestion_control("newreno");
  REQUIRE(newreno != nullptr);
  CHECK(sim::find_congestion_control("vegas") == nullptr);
  sim::CongestionWindow window;
  window.size = 4;
  newreno->on_ack(window, {1, 3, Instant()});
  CHECK(window.size == 4);  // it was not full
  newreno->on_ack(window, {2, 4, Instant()});
  CHECK(window.size == 5);
  window.threshold = 5;
  newreno->on_ack(window, {1, 5, Instant()});
  CHECK(window.size == 6);
  int acks = 0;
  while (window.size == 6) {
    newreno->on_ack(window, {1, 6, Instant()});
    ++acks;
  }
  CHECK(acks == 7);
  CHECK(newreno->threshold_after_loss(window) == 3);
  window.size = 1;
  CHECK(newreno->threshold_after_loss(window) == 2);
}

// -- BIC: Xu, Harfoush and Rhee 2004, with the constants of Linux 2.6.18 --------------------------

namespace {

const sim::CongestionControl& bic() {
  return *sim::find_congestion_control("bic");
}

/// A window that was lost at `max` and is `size` now. The threshold is below: no slow start.
sim::CongestionWindow lost_at(std::uint32_t max, std::uint32_t size) {
  sim::CongestionWindow window;
  window.size = max;
  bic().threshold_after_loss(window);
  window.size = size;
  window.threshold = 2;
  return window;
}

/// An acknowledgement of two segments, as a receiver that delays sends it.
void acknowledge(sim::CongestionWindow& window) {
  bic().on_ack(window, {2, window.size, Instant()});
}

/// Acknowledgements until the window is larger by one.
int acks_for_a_step(sim::CongestionWindow window) {
  const std::uint32_t before = window.size;
  int acks = 0;
  for (; window.size == before; ++acks) acknowledge(window);
  return acks;
}

/// What each of so many round trips adds.
std::vector<std::uint32_t> growth(sim::CongestionWindow& window, int round_trips) {
  std::vector<std::uint32_t> added;
  for (int i = 0; i < round_trips; ++i) {
    const std::uint32_t before = window.size;
    for (std::uint32_t acks = before / 2; acks != 0; --acks) acknowledge(window);
    added.push_back(window.size - before);
  }
  return added;
}

}  // namespace

TEST_CASE("BIC: each part of the curve has its own step") {
  // Every 2 segments an acknowledgement, and one more before the window moves: so a step takes half
  // as many acknowledgements as segments of the curve, and one.
  CHECK(acks_for_a_step(lost_at(200, 14)) == 14 / 2 + 1);  // low: as NewReno
  CHECK(acks_for_a_step(lost_at(200, 15)) == 2);  // far below, at most one every second time
  CHECK(acks_for_a_step(lost_at(200, 100)) == 100 / 16 / 2 + 1);      // still more than 64 below
  CHECK(acks_for_a_step(lost_at(200, 180)) == 180 / 5 / 2 + 1);       // a quarter of the distance
  CHECK(acks_for_a_step(lost_at(200, 198)) == 198 * 5 / 2 + 1);       // near: a fifth of a segment
  CHECK(acks_for_a_step(lost_at(200, 203)) == 203 * 5 / 2 + 1);       // just beyond
  CHECK(acks_for_a_step(lost_at(200, 210)) == 210 * 3 / 10 / 2 + 1);  // probing for a new maximum
  CHECK(acks_for_a_step(lost_at(200, 300)) == 300 / 16 / 2 + 1);
}

TEST_CASE("BIC: after a loss quickly back, slowly past the old window, then faster and faster") {
  sim::CongestionWindow window = lost_at(1000, 799);
  const std::vector<std::uint32_t> added = growth(window, 200);
  std::size_t searching = 0;
  std::uint32_t size = 799;
  for (; size < 1000; size += added[searching++]) REQUIRE(searching + 1 < added.size());
  // Linear at first, the increments then shrink with the distance.
  CHECK(added[0] >= 14);
  CHECK(added[0] <= 16);
  CHECK(added[10] < added[0]);
  CHECK(added[13] < added[10]);
  CHECK(added[16] < added[13]);
  CHECK(added[searching - 2] <= 1);
  // Max probing: the increments grow again, to the same 16.
  CHECK(added[searching + 10] <= 1);
  CHECK(added.back() >= 14);
  CHECK(added.back() <= 16);
  CHECK(*std::max_element(added.begin(), added.end()) <= 16);
}

TEST_CASE("BIC: a loss leaves 819/1024 of the window, half of a small one") {
  sim::CongestionWindow window;
  const auto left = [&](std::uint32_t size) {
    window = {};
    window.size = size;
    return bic().threshold_after_loss(window);
  };
  CHECK(left(1024) == 819);
  CHECK(left(200) == 159);
  CHECK(left(15) == 11);
  CHECK(left(14) == 7);
  CHECK(left(3) == 2);
}

TEST_CASE("BIC: who loses before he is back makes room, and aims lower") {
  // Lost at 200 and again at 180: the next maximum is 180 * (1024 + 819) / 2048 = 161, not 180.
  sim::CongestionWindow window = lost_at(200, 180);
  CHECK(bic().threshold_after_loss(window) == 143);
  window.size = 143;
  CHECK(acks_for_a_step(window) == 143 / ((161 - 143) / 4) / 2 + 1);
  // Lost beyond the old maximum: the window itself is the next one.
  window = lost_at(200, 220);
  bic().threshold_after_loss(window);
  window.size = 180;
  CHECK(acks_for_a_step(window) == 180 / ((220 - 180) / 4) / 2 + 1);
}

TEST_CASE("BIC: before the first loss it grows by a twentieth at least, in slow start by one") {
  sim::CongestionWindow window;
  window.size = 1000;
  window.threshold = 500;
  CHECK(acks_for_a_step(window) == 20 / 2 + 1);
  window.threshold = 1000;
  CHECK(acks_for_a_step(window) == 1);
  // A sender that does not use its window learns nothing.
  window.threshold = 500;
  for (int i = 0; i < 100; ++i) bic().on_ack(window, {2, 999, Instant()});
  CHECK(window.size == 1000);
}

TEST_CASE("a timeout makes BIC and CUBIC forget the window of the last loss, NewReno has none") {
  sim::CongestionWindow window = lost_at(200, 150);
  CHECK(bic().window_undone(window) == 200);
  bic().on_timeout(window, Instant(), 0);
  CHECK(bic().window_undone(window) == 150);
  // Without a maximum it grows by a twentieth, and not by half of what is missing.
  CHECK(acks_for_a_step(window) == 150 / 16 / 2 + 1);

  const sim::CongestionControl& cubic = *sim::find_congestion_control("cubic");
  const auto size_after = [&cubic](bool timeout) {
    sim::CongestionWindow lost;
    lost.size = 400;
    lost.threshold = cubic.threshold_after_loss(lost);
    lost.size = lost.threshold;
    if (timeout) cubic.on_timeout(lost, Instant(1'000'000'000), 1000);
    // Two seconds of full windows, ten acknowledgements of 10 segments in each 100 ms.
    for (int i = 1; i <= 200; ++i) {
      const sim::AckSample sample{
          10,   lost.size, Instant(1'000'000'000 + i * 10'000'000LL), kev::Duration(100'000'000),
          2000, 3000};
      cubic.on_sample(lost, sample);
      cubic.on_ack(lost, sample);
    }
    return lost.size;
  };
  // Slower and slower toward the old maximum, or on as if there had been none.
  CHECK(size_after(true) > size_after(false) + 20);
  CHECK(sim::find_congestion_control("newreno")->on_timeout == nullptr);
}

TEST_CASE("BIC: delayed acknowledgements do not slow it down") {
  sim::CongestionWindow delayed = lost_at(1000, 800);
  sim::CongestionWindow each = lost_at(1000, 800);
  for (int i = 0; i < 4000; ++i) bic().on_ack(delayed, {4, delayed.size, Instant()});
  for (int i = 0; i < 8000; ++i) bic().on_ack(each, {2, each.size, Instant()});
  CHECK(delayed.size > 950);
  CHECK(delayed.size > each.size - 20);
}
