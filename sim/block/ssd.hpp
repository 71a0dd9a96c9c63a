#pragma once
// A flash drive: dies behind channels behind one host link, firmware delays, and a write buffer.
// Every resource serves first in, first out.
//
// Read (NVMeVirt's resource algebra): firmware; then for each flash page touched, on its die,
// sensing (tR) and the transfer over the channel, in chunks; each chunk crosses the host link while
// the next one comes; the die is free when its last chunk has left it. Done when all chunks have
// arrived. Write: waits for room in the write buffer; firmware; host link; done. Full pages leave
// the buffer for the dies in turn: channel transfer, then programming (tPROG), which frees their
// room. A die does one thing at a time; a read waits for a program on its die. Not modelled:
// mapping tables, garbage collection, suspended programs, reads served from the buffer.
//
// Invariants: equal requests at equal instants give equal times. No allocation in steady state.

#include <cstdint>
#include <deque>

#include "sim/block/disk.hpp"
#include "sim/block/pooled_fifo.hpp"
#include "sim/block/ssd_layout.hpp"
#include "sim/block/ssd_spec.hpp"

namespace sim {

class Ssd final : public Disk {
 public:
  Ssd(Engine& engine, const SsdSpec& spec);
  ~Ssd() override;

  [[nodiscard]] std::string_view kind() const override { return "ssd"; }
  [[nodiscard]] std::uint64_t capacity_sectors() const override { return spec_.capacity_sectors; }
  [[nodiscard]] std::uint32_t queue_depth() const override { return spec_.queue_depth; }
  void start(DiskRequest& request) override;

 private:
  /// A request in the drive; its event ends the firmware's part.
  struct Command final : Event {
    explicit Command(Ssd& owner) : Event(&Ssd::on_firmware), ssd(owner) {}
    Ssd& ssd;
    DiskRequest* request = nullptr;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_left = 0;  ///< not over the link yet
    Command* next = nullptr;
  };
  /// One page's work: a piece of a read, or a program (no command).
  struct PageWork {
    Command* command = nullptr;
    std::uint32_t die = 0;
    std::uint32_t bytes = 0;
    std::uint32_t bytes_left = 0;  ///< not over the channel yet
    kev::Duration sense;
    PageWork* next = nullptr;
  };
  /// Its event ends sensing or programming. It keeps `work` until that has left it.
  struct Die final : Event {
    Die(Ssd& owner, std::uint32_t of_channel)
        : Event(&Ssd::on_die), ssd(owner), channel(of_channel) {}
    Ssd& ssd;
    std::uint32_t channel;
    PageWork* work = nullptr;
    LinkedFifo<PageWork> queue;
  };
  /// Its event ends the transfer of one chunk.
  struct Channel final : Event {
    explicit Channel(Ssd& owner) : Event(&Ssd::on_channel), ssd(owner) {}
    Ssd& ssd;
    PageWork* work = nullptr;
    std::uint32_t chunk = 0;
    LinkedFifo<PageWork> queue;
  };
  struct LinkTransfer {
    Command* command = nullptr;
    std::uint64_t bytes = 0;
    LinkTransfer* next = nullptr;
  };

  static void on_firmware(Event& event);
  static void on_die(Event& event);
  static void on_channel(Event& event);
  void on_link();

  void start_read(Command& command);
  void add_work(Command* command, std::uint32_t die, std::uint32_t bytes, kev::Duration sense);
  void start_work(Die& die);
  void enter_channel(PageWork& work);
  void start_chunk(Channel& channel);
  void leave_die(Die& die);
  void enter_link(Command& command, std::uint64_t bytes);
  void start_link();
  void finish_command(Command& command);
  void admit_writes();
  void program_buffered(std::uint64_t bytes);

  Engine& engine_;
  const SsdSpec spec_;
  SsdLayout layout_;
  std::deque<Die> dies_;
  std::deque<Channel> channels_;
  Pool<Command> commands_;
  Pool<PageWork> works_;
  Pool<LinkTransfer> transfers_;
  std::uint32_t inside_ = 0;  ///< requests in the drive

  LinkedFifo<LinkTransfer> link_queue_;
  MemberEvent<Ssd, &Ssd::on_link> link_done_{*this};

  LinkedFifo<Command> waiting_writes_;  ///< for room in the buffer
  std::uint64_t buffer_used_ = 0;       ///< bytes reserved, from admission until programmed
  std::uint64_t buffer_filled_ = 0;     ///< of these: arrived, not on the way to a die
  std::uint32_t arriving_writes_ = 0;   ///< admitted, not in the buffer yet
  std::uint32_t programs_ = 0;          ///< on the way to a die or being programmed
  std::uint64_t programs_begun_ = 0;
};

}  // namespace sim
