#include "sim/block/ssd.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"
#include "sim/block/transfer_time.hpp"

namespace sim {

namespace {

std::size_t queue_count(const SsdSpec& spec) {
  return spec.queues * (spec.arbitration == Arbitration::weighted ? flow_classes : 1);
}

}  // namespace

Ssd::Ssd(Engine& engine, const SsdSpec& spec)
    : engine_(engine), spec_(spec), ftl_(spec_), queues_(queue_count(spec_)) {
  KEV_CHECK(spec_.queue_depth > 0);
  KEV_CHECK(spec_.queues > 0);
  KEV_CHECK(spec_.write_buffer_bytes >= spec_.page_bytes());
  KEV_CHECK(spec_.channel_chunk_bytes > 0);
  KEV_CHECK(spec_.page_stripes <= most_page_stripes);
  if (spec_.mapping_cache_entries != 0) {
    KEV_CHECK(spec_.page_stripes == 1);  // a program waits for one address
    KEV_CHECK(spec_.mapping_caches > 0);
    mapping_caches_.resize(spec_.mapping_caches);
    translation_.resize(spec_.capacity_stripes() / spec_.mapping_page_entries + 1);
  }
  for (std::uint32_t channel = 0; channel < spec_.channels; ++channel) {
    channels_.emplace_back(*this, channel);
    for (std::uint32_t way = 0; way < spec_.ways; ++way)
      dies_.emplace_back(*this, channel * spec_.ways + way, channel);
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
  drop(memory_done_);
}

void Ssd::start(DiskRequest& request) {
  KEV_CHECK(request.sectors > 0);
  KEV_CHECK(request.end_sector() <= capacity_sectors());
  KEV_CHECK(inside_ < spec_.queue_depth);
  ++inside_;
  Command& command = commands_.take(*this);
  command.request = &request;
  command.bytes = std::uint64_t{request.sectors} * sector_bytes;
  queue_of(request).waiting.push(command);
  ++queued_;
  fetch();
}

void Ssd::begin(Command& command) {
  const DiskRequest& request = *command.request;
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

/// visit(stripe, bytes of it that the request touches), upwards.
template <class Visit>
void Ssd::for_each_stripe(const DiskRequest& request, Visit visit) const {
  std::uint64_t sector = request.sector;
  while (sector < request.end_sector()) {
    const std::uint64_t stripe = sector / spec_.stripe_sectors;
    const std::uint64_t end = std::min((stripe + 1) * spec_.stripe_sectors, request.end_sector());
    visit(static_cast<std::uint32_t>(stripe),
          static_cast<std::uint32_t>(end - sector) * sector_bytes);
    sector = end;
  }
}

/// What lies in one flash page is one piece of work.
void Ssd::start_read(Command& command) {
  command.bytes_left = command.bytes;
  pieces_.clear();
  for_each_stripe(*command.request, [&](std::uint32_t stripe, std::uint32_t bytes) {
    const SsdPlace place = ftl_.find(stripe);
    const auto same = std::find_if(pieces_.begin(), pieces_.end(), [&](const PageWork* piece) {
      return piece->place.same_page(place);
    });
    if (same != pieces_.end()) {
      (*same)->bytes += bytes;
      ++(*same)->stripes;
      return;
    }
    PageWork& work = new_work(Work::read, place.die, bytes);
    work.command = &command;
    work.process = command.request->process;
    work.flow_class = flow_class_of(command.request->priority);
    work.place = place;
    work.stripes = 1;
    work.contents[0] = stripe;
    pieces_.push_back(&work);
  });
  for (PageWork* work : pieces_)
    if (!wait_for_mapping(*work, MappingCache::Use::read)) enqueue(*work);
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
  if (command.bytes_left != 0) return;
  if (command.request->write && spec_.buffer_bytes_per_s != 0)
    enter_memory(command);
  else
    finish_command(command);
}

void Ssd::enter_memory(Command& command) {
  memory_queue_.push(command);
  if (!memory_done_.pending()) start_memory();
}

void Ssd::start_memory() {
  engine_.schedule_after(memory_done_,
                         transfer_time(memory_queue_.front().bytes, spec_.buffer_bytes_per_s));
}

void Ssd::on_memory() {
  Command& command = memory_queue_.pop();
  if (!memory_queue_.empty()) start_memory();
  finish_command(command);
}

void Ssd::finish_command(Command& command) {
  DiskRequest& request = *std::exchange(command.request, nullptr);
  if (request.write) {
    --arriving_writes_;
    buffer_stripes(request);
    admit_writes();
  }
  commands_.give_back(command);
  --inside_;
  --queue_of(request).fetched;
  fetch();
  finish(request);
}

// -- write buffer ---------------------------------------------------------------------------------

void Ssd::buffer_stripes(const DiskRequest& request) {
  for_each_stripe(request, [&](std::uint32_t stripe, std::uint32_t bytes) {
    buffered_.push_back({stripe, bytes, request.process, flow_class_of(request.priority)});
  });
  while (buffered_.size() >= spec_.page_stripes) program_buffered();
}

/// Lets waiting writes in while there is room. A write larger than the buffer gets it to itself.
void Ssd::admit_writes() {
  while (!waiting_writes_.empty()) {
    Command& command = waiting_writes_.front();
    const bool room = buffer_used_ + command.bytes <= spec_.write_buffer_bytes;
    if (!room && buffer_used_ > 0) {
      // Nothing else will make room: what does not fill a page must go as it is.
      if (programs_ == 0 && arriving_writes_ == 0) program_buffered();
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

/// A page of what has waited longest, or what there is. Its class is the first of its stripes'.
void Ssd::program_buffered() {
  PageWork& work = new_work(Work::program, 0, 0);
  work.process = buffered_.front().process;
  work.flow_class = buffered_.front().flow_class;
  while (work.stripes < spec_.page_stripes && !buffered_.empty()) {
    const Buffered& next = buffered_.front();
    work.contents[work.stripes++] = next.stripe;
    work.bytes += next.bytes;
    work.flow_class = std::min(work.flow_class, next.flow_class);
    buffered_.pop_front();
  }
  ++programs_;
  if (!wait_for_mapping(work, MappingCache::Use::change)) place_program(work);
}

}  // namespace sim
