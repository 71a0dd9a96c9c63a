#include "sim/validate/readahead_calls.hpp"

#include <algorithm>

#include "sim/vfs/page.hpp"

namespace sim {

namespace {

constexpr std::uint64_t pipe_pages = 16;          // PIPE_DEF_BUFFERS
constexpr std::uint64_t fault_around_pages = 16;  // fault_around_bytes, 64 KB

}  // namespace

void ReadaheadCalls::read(std::uint64_t begin, std::uint64_t count) {
  if (options_.loop == ReadLoop::by_page)
    read_by_page(begin, begin + count);
  else
    read_by_batch(begin, begin + count);
}

void ReadaheadCalls::splice(std::uint64_t begin, std::uint64_t count) {
  state_.splice = true;
  for (const std::uint64_t end = begin + count; begin < end; begin += pipe_pages)
    read(begin, std::min(end - begin, pipe_pages));
  state_.splice = false;
}

void ReadaheadCalls::read_by_page(std::uint64_t begin, std::uint64_t end) {
  std::uint64_t next = begin;
  const std::uint64_t last = std::min(end, file_.page_count());
  for (std::uint64_t i = begin; i < last; ++i) {
    if (i == next) next = policy_.before_lookup(state_, file_, i, end - i);
    if (file_.present(i)) continue;
    file_.log_miss(i);
    policy_.on_miss(state_, file_, i, end - i);
    if (!file_.present(i)) file_.add(i);
  }
  policy_.on_read_end(state_, last * page_bytes);
}

std::uint64_t ReadaheadCalls::gather(std::uint64_t index, std::uint64_t end) {
  for (std::uint64_t folios = 0; folios < options_.batch_folios && index < end; ++folios) {
    const int order = file_.folio_order(index);
    if (order < 0) break;
    const bool marked = file_.marked(index);
    index = file_.head(index) + (1ULL << order);
    if (marked) break;
  }
  return std::min(index, end);
}

void ReadaheadCalls::read_by_batch(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t file_end = file_.page_count();
  std::uint64_t index = begin;
  while (index < std::min(end, file_end)) {
    policy_.before_lookup(state_, file_, index, end - index);
    if (!file_.present(index) && policy_.on_miss(state_, file_, index, end - index) &&
        !file_.present(index))
      file_.add(index);
    if (!file_.present(index)) file_.add(index);
    const std::uint64_t batch_end = gather(index, end);
    const std::uint64_t last = file_.head(batch_end - 1);
    if (file_.marked(last)) {
      file_.clear_mark(last);
      policy_.on_marked(state_, file_, last, end - last);
    }
    for (++index; index < std::min(batch_end, file_end); ++index)
      policy_.before_lookup(state_, file_, index, end - index);
  }
  if (index > begin) policy_.on_read_end(state_, index * page_bytes);
}

void ReadaheadCalls::fault_around(std::uint64_t index) {
  const std::uint64_t begin = index / fault_around_pages * fault_around_pages;
  const std::uint64_t end = std::min(begin + fault_around_pages, file_.page_count());
  std::uint64_t mapped = 0;
  for (std::uint64_t i = begin; i < end; ++i) {
    if (!file_.present(i) || file_.marked(i)) continue;
    file_.map(i);
    ++mapped;
  }
  policy_.on_fault_around(state_, mapped);
}

void ReadaheadCalls::fault(std::uint64_t index) {
  if (index >= file_.page_count() || file_.mapped(index)) return;
  if (options_.loop == ReadLoop::by_batch) {
    fault_around(index);
    if (file_.mapped(index)) return;
  }
  if (file_.present(index)) {
    const ReadaheadMark mark = file_.marked(index) ? ReadaheadMark::set : ReadaheadMark::none;
    file_.clear_mark(index);
    policy_.on_fault_hit(state_, file_, index, mark);
  } else {
    policy_.on_fault(state_, file_, index);
    if (!file_.present(index)) file_.add(index);
  }
  // The fault is retried after the wait.
  if (options_.loop == ReadLoop::by_batch) fault_around(index);
  file_.map(index);
}

void ReadaheadCalls::advise(std::uint64_t begin, std::uint64_t count) {
  policy_.on_advice(state_, file_, begin, count);
}

}  // namespace sim
