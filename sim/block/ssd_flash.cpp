// The flash half of a drive: what waits for a die, what a die does, and its channel.

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"
#include "sim/block/ssd.hpp"
#include "sim/block/transfer_time.hpp"

namespace sim {

bool Ssd::PageWork::senses() const {
  return kind == Work::read || kind == Work::map_read || kind == Work::map_update ||
         kind == Work::move_read;
}

Ssd::PageWork& Ssd::new_work(Work kind, std::uint32_t die, std::uint32_t bytes) {
  PageWork& work = works_.take();
  work.kind = kind;
  work.command = nullptr;
  work.die = die;
  work.bytes = bytes;
  work.stripes = 0;
  work.flow_class = FlowClass::high;
  work.together = nullptr;
  return work;
}

Ssd::Turn Ssd::turn_of(Work kind) const {
  if (spec_.die_order == DieOrder::arrival) return reading;
  switch (kind) {
    case Work::map_read:
    case Work::map_update:
      return mapping;
    case Work::read:
      return reading;
    case Work::map_program:
    case Work::program:
      return programming;
    case Work::move_read:
    case Work::move_program:
    case Work::erase:
      return cleaning;
  }
  kev::check_failed("every work has a turn", __FILE__, __LINE__);
}

void Ssd::enqueue(PageWork& work) {
  Die& die = dies_[work.die];
  work.bytes_left = work.bytes;
  die.waiting[turn_of(work.kind)].push(
      work, spec_.die_order == DieOrder::arrival ? FlowClass::high : work.flow_class);
  if (die.work == nullptr) start_work(die);
}

Ssd::PageWork* Ssd::next_work(Die& die) {
  // Out of blocks: nobody else can go on before one is erased.
  if (!die.waiting[cleaning].empty() && ftl_.must_clean(die.number))
    return &die.waiting[cleaning].pop();
  for (ClassedFifo<PageWork>& queue : die.waiting)
    if (!queue.empty()) return &queue.pop();
  return nullptr;
}

/// In another plane, at the same place of it. Requires: not among those that go together already.
bool Ssd::joins(const PageWork& first, const PageWork& other) const {
  if (other.kind != first.kind || ftl_.row(other.place) != ftl_.row(first.place)) return false;
  for (const PageWork* work = &first; work != nullptr; work = work->together)
    if (work->place.page == other.place.page) return false;
  return true;
}

/// Those that wait right behind the die's work go along with it.
void Ssd::join_planes(Die& die) {
  const PageWork& first = *die.work;
  if (first.kind != Work::read && first.kind != Work::program) return;
  ClassedFifo<PageWork>& line = die.waiting[turn_of(first.kind)];
  PageWork* last = die.work;
  for (PageWork* next = line.companion(); next != nullptr && joins(first, *next);
       next = line.companion()) {
    line.pop_companion();
    last = last->together = next;
    ++counts_.together;
  }
}

/// A die that needs the channel for its command is started by the channel, when that is free.
void Ssd::start_work(Die& die) {
  Channel& channel = channels_[die.channel];
  const bool by_command = spec_.command > kev::Duration{};
  if (by_command && channel.busy()) return;
  die.work = next_work(die);
  if (die.work == nullptr) return;
  if (spec_.planes > 1) join_planes(die);
  if (!by_command) return perform(die);
  channel.commanded = &die;
  engine_.schedule_after(channel, spec_.command);
}

void Ssd::perform(Die& die) {
  PageWork& work = *die.work;
  if (work.senses())
    engine_.schedule_after(die, sensing(work));
  else if (work.kind == Work::erase)
    engine_.schedule_after(die, spec_.erase);
  else
    enter_channel(work);
}

/// Planes share the row, so the kind of page; who reads more of his page decides.
kev::Duration Ssd::sensing(const PageWork& work) const {
  if (work.kind != Work::read && work.kind != Work::move_read) return spec_.sense_page[0];
  const std::uint32_t level = ftl_.cell_level(work.place);
  kev::Duration longest;
  for (const PageWork* one = &work; one != nullptr; one = one->together) {
    const CellTimes& sense = one->stripes == 1 ? spec_.sense_stripe : spec_.sense_page;
    longest = std::max(longest, sense[level]);
  }
  return longest;
}

kev::Duration Ssd::programming_time(const PageWork& work) const {
  return spec_.program[work.kind == Work::map_program ? 0 : ftl_.cell_level(work.place)];
}

void Ssd::on_die(Event& event) {
  Die& die = static_cast<Die&>(event);
  if (die.work->senses())
    die.ssd.enter_channel(*die.work);
  else
    die.ssd.finish_work(die);
}

void Ssd::enter_channel(PageWork& work) {
  Channel& channel = channels_[dies_[work.die].channel];
  channel.queue.push(work);
  if (channel.busy()) return;
  channel.work = &channel.queue.pop();
  start_chunk(channel);
}

void Ssd::start_chunk(Channel& channel) {
  channel.chunk = std::min(channel.work->bytes_left, spec_.channel_chunk_bytes);
  engine_.schedule_after(channel, transfer_time(channel.chunk, spec_.channel_bytes_per_s));
}

void Ssd::on_channel(Event& event) {
  Channel& channel = static_cast<Channel&>(event);
  if (channel.commanded != nullptr)
    channel.ssd.end_command(channel);
  else
    channel.ssd.end_chunk(channel);
}

/// The data of a program follow at once.
void Ssd::end_command(Channel& channel) {
  Die& die = *std::exchange(channel.commanded, nullptr);
  PageWork& work = *die.work;
  if (!work.senses() && work.kind != Work::erase) {
    channel.work = &work;
    return start_chunk(channel);
  }
  perform(die);
  serve_next(channel);
}

void Ssd::end_chunk(Channel& channel) {
  PageWork& work = *channel.work;
  work.bytes_left -= channel.chunk;
  if (work.kind == Work::read) enter_link(*work.command, channel.chunk);
  if (work.bytes_left > 0) {
    start_chunk(channel);
    return;
  }
  Die& die = dies_[work.die];
  if (work.together != nullptr)
    enter_channel(*work.together);
  else if (work.senses())
    finish_work(die);
  else
    engine_.schedule_after(die, programming_time(work));
  serve_next(channel);
}

/// Data that wait go first, then the dies in turn.
void Ssd::serve_next(Channel& channel) {
  channel.work = channel.queue.empty() ? nullptr : &channel.queue.pop();
  if (channel.work != nullptr) return start_chunk(channel);
  if (spec_.command == kev::Duration{}) return;
  for (std::uint32_t way = 0; way < spec_.ways && !channel.busy(); ++way) {
    Die& die = dies_[channel.number * spec_.ways + channel.turn];
    channel.turn = (channel.turn + 1) % spec_.ways;
    if (die.work == nullptr) start_work(die);
  }
}

void Ssd::finish_work(Die& die) {
  for (PageWork* work = std::exchange(die.work, nullptr); work != nullptr;) {
    PageWork* const next = work->together;
    finished(*work);
    works_.give_back(*work);
    work = next;
  }
  if (die.work == nullptr) start_work(die);
}

void Ssd::finished(PageWork& work) {
  switch (work.kind) {
    case Work::read:
      return;
    case Work::map_program:
      translation_[work.map_page].in_memory = false;
      return;
    case Work::map_read:
      return mapping_arrived(work.map_page);
    case Work::map_update: {
      if (spec_.mapping_write_back == MappingWriteBack::stays_in_memory) return;
      PageWork& program = new_work(Work::map_program, work.die, spec_.page_bytes());
      program.map_page = work.map_page;
      ++counts_.mapping_programs;
      return enqueue(program);
    }
    case Work::program:
      buffer_used_ -= work.bytes;
      --programs_;
      return admit_writes();
    case Work::move_read:
      return move_page(work.die);
    case Work::move_program:
      return clean_on(work.die);
    case Work::erase:
      return block_erased(work.die);
  }
}

}  // namespace sim
