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
  die.waiting[turn_of(work.kind)].push(work);
  if (die.work == nullptr) start_work(die);
}

Ssd::PageWork* Ssd::next_work(Die& die) {
  // Out of blocks: nobody else can go on before one is erased.
  if (!die.waiting[cleaning].empty() && ftl_.must_clean(die.number))
    return &die.waiting[cleaning].pop();
  for (LinkedFifo<PageWork>& queue : die.waiting)
    if (!queue.empty()) return &queue.pop();
  return nullptr;
}

void Ssd::start_work(Die& die) {
  die.work = next_work(die);
  if (die.work == nullptr) return;
  PageWork& work = *die.work;
  if (work.senses())
    engine_.schedule_after(die, sensing(work));
  else if (work.kind == Work::erase)
    engine_.schedule_after(die, spec_.erase);
  else
    enter_channel(work);
}

kev::Duration Ssd::sensing(const PageWork& work) const {
  if (work.kind != Work::read && work.kind != Work::move_read) return spec_.sense_page[0];
  const auto& sense = work.stripes == 1 ? spec_.sense_stripe : spec_.sense_page;
  return sense[ftl_.cell_level(work.place)];
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
  if (channel.work != nullptr) return;
  channel.work = &channel.queue.pop();
  start_chunk(channel);
}

void Ssd::start_chunk(Channel& channel) {
  channel.chunk = std::min(channel.work->bytes_left, spec_.channel_chunk_bytes);
  engine_.schedule_after(channel, transfer_time(channel.chunk, spec_.channel_bytes_per_s));
}

void Ssd::on_channel(Event& event) {
  Channel& channel = static_cast<Channel&>(event);
  Ssd& ssd = channel.ssd;
  PageWork& work = *channel.work;
  work.bytes_left -= channel.chunk;
  if (work.kind == Work::read) ssd.enter_link(*work.command, channel.chunk);
  if (work.bytes_left > 0) {
    ssd.start_chunk(channel);
    return;
  }
  Die& die = ssd.dies_[work.die];
  if (work.senses())
    ssd.finish_work(die);
  else
    ssd.engine_.schedule_after(die, ssd.spec_.program);
  channel.work = channel.queue.empty() ? nullptr : &channel.queue.pop();
  if (channel.work != nullptr) ssd.start_chunk(channel);
}

void Ssd::finish_work(Die& die) {
  PageWork& work = *std::exchange(die.work, nullptr);
  finished(work);
  works_.give_back(work);
  if (die.work == nullptr) start_work(die);
}

void Ssd::finished(PageWork& work) {
  switch (work.kind) {
    case Work::read:
      return;
    case Work::map_program:
      mapping_pages_[work.map_page] = MappingPage::on_flash;
      return;
    case Work::map_read:
      return mapping_arrived(work.map_page);
    case Work::map_update: {
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
