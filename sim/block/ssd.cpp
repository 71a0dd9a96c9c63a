#include "sim/block/ssd.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

namespace {

/// Time to move so many bytes, rounded up.
kev::Duration transfer_time(std::uint64_t bytes, std::int64_t bytes_per_s) {
  const auto scaled = static_cast<std::int64_t>(bytes) * 1'000'000'000;
  return kev::Duration((scaled + bytes_per_s - 1) / bytes_per_s);
}

}  // namespace

Ssd::Ssd(Engine& engine, const SsdSpec& spec) : engine_(engine), spec_(spec), layout_(spec_) {
  KEV_CHECK(spec_.queue_depth > 0);
  KEV_CHECK(spec_.write_buffer_bytes >= spec_.page_bytes());
  KEV_CHECK(spec_.channel_chunk_bytes > 0);
  for (std::uint32_t channel = 0; channel < spec_.channels; ++channel) {
    channels_.emplace_back(*this);
    for (std::uint32_t way = 0; way < spec_.ways; ++way) dies_.emplace_back(*this, channel);
  }
}

Ssd::~Ssd() {
  const auto drop = [this](Event& event) {
    if (event.pending()) engine_.cancel(event);
  };
  for (Command& command : commands_.all()) drop(command);
  for (Die& die : dies_) drop(die);
  for (Channel& channel : channels_) drop(channel);
  drop(link_done_);
}

void Ssd::start(DiskRequest& request) {
  KEV_CHECK(request.sectors > 0);
  KEV_CHECK(request.end_sector() <= capacity_sectors());
  KEV_CHECK(inside_ < spec_.queue_depth);
  ++inside_;
  Command& command = commands_.take(*this);
  command.request = &request;
  command.bytes = std::uint64_t{request.sectors} * sector_bytes;
  if (request.write) {
    waiting_writes_.push(command);
    admit_writes();
    return;
  }
  const bool small = request.sectors <= spec_.stripe_sectors * spec_.partitions;
  engine_.schedule_after(command, small ? spec_.firmware_read_small : spec_.firmware_read);
}

void Ssd::on_firmware(Event& event) {
  Command& command = static_cast<Command&>(event);
  if (command.request->write) {
    command.bytes_left = command.bytes;
    command.ssd.enter_link(command, command.bytes);
  } else {
    command.ssd.start_read(command);
  }
}

void Ssd::start_read(Command& command) {
  const DiskRequest& request = *command.request;
  command.bytes_left = 0;
  layout_.for_each_piece(request.sector, request.sectors, [&](const SsdPiece& piece) {
    const std::uint32_t bytes = piece.stripes * spec_.stripe_bytes();
    const auto& sense = piece.stripes == 1 ? spec_.sense_stripe : spec_.sense_page;
    command.bytes_left += bytes;
    add_work(&command, piece.die, bytes, sense[piece.cell_level]);
  });
}

void Ssd::add_work(Command* command, std::uint32_t die, std::uint32_t bytes, kev::Duration sense) {
  PageWork& work = works_.take();
  work.command = command;
  work.die = die;
  work.bytes = bytes;
  work.bytes_left = bytes;
  work.sense = sense;
  dies_[die].queue.push(work);
  if (dies_[die].work == nullptr) start_work(dies_[die]);
}

void Ssd::start_work(Die& die) {
  die.work = &die.queue.pop();
  if (die.work->command != nullptr) {
    engine_.schedule_after(die, die.work->sense);
  } else {
    enter_channel(*die.work);
  }
}

void Ssd::on_die(Event& event) {
  Die& die = static_cast<Die&>(event);
  Ssd& ssd = die.ssd;
  if (die.work->command != nullptr) {
    ssd.enter_channel(*die.work);
    return;
  }
  ssd.buffer_used_ -= die.work->bytes;
  --ssd.programs_;
  ssd.leave_die(die);
  ssd.admit_writes();
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
  if (work.command != nullptr) ssd.enter_link(*work.command, channel.chunk);
  if (work.bytes_left > 0) {
    ssd.start_chunk(channel);
    return;
  }
  Die& die = ssd.dies_[work.die];
  if (work.command == nullptr) {
    ssd.engine_.schedule_after(die, ssd.spec_.program);
  } else {
    ssd.leave_die(die);
  }
  channel.work = channel.queue.empty() ? nullptr : &channel.queue.pop();
  if (channel.work != nullptr) ssd.start_chunk(channel);
}

/// The die's work is over.
void Ssd::leave_die(Die& die) {
  works_.give_back(*std::exchange(die.work, nullptr));
  if (!die.queue.empty()) start_work(die);
}

void Ssd::enter_link(Command& command, std::uint64_t bytes) {
  LinkTransfer& transfer = transfers_.take();
  transfer.command = &command;
  transfer.bytes = bytes;
  link_queue_.push(transfer);
  if (!link_done_.pending()) start_link();
}

void Ssd::start_link() {
  engine_.schedule_after(link_done_,
                         transfer_time(link_queue_.front().bytes, spec_.link_bytes_per_s));
}

void Ssd::on_link() {
  LinkTransfer& transfer = link_queue_.pop();
  Command& command = *transfer.command;
  command.bytes_left -= transfer.bytes;
  transfers_.give_back(transfer);
  if (!link_queue_.empty()) start_link();
  if (command.bytes_left == 0) finish_command(command);
}

void Ssd::finish_command(Command& command) {
  DiskRequest& request = *std::exchange(command.request, nullptr);
  if (request.write) {
    --arriving_writes_;
    buffer_filled_ += command.bytes;
    while (buffer_filled_ >= spec_.page_bytes()) program_buffered(spec_.page_bytes());
    admit_writes();
  }
  commands_.give_back(command);
  --inside_;
  finish(request);
}

/// Lets waiting writes in while there is room. A write larger than the buffer gets it to itself.
void Ssd::admit_writes() {
  while (!waiting_writes_.empty()) {
    Command& command = waiting_writes_.front();
    const bool room = buffer_used_ + command.bytes <= spec_.write_buffer_bytes;
    if (!room && buffer_used_ > 0) {
      // Nothing else will make room: what does not fill a page must go as it is.
      if (programs_ == 0 && arriving_writes_ == 0) program_buffered(buffer_filled_);
      return;
    }
    waiting_writes_.pop();
    buffer_used_ += command.bytes;
    ++arriving_writes_;
    const auto stripes = static_cast<std::int64_t>((command.bytes + spec_.stripe_bytes() - 1) /
                                                   spec_.stripe_bytes());
    engine_.schedule_after(command, spec_.firmware_write + spec_.firmware_write_stripe * stripes);
  }
}

void Ssd::program_buffered(std::uint64_t bytes) {
  buffer_filled_ -= bytes;
  ++programs_;
  add_work(nullptr, layout_.program_die(programs_begun_++), static_cast<std::uint32_t>(bytes),
           kev::Duration(0));
}

}  // namespace sim
