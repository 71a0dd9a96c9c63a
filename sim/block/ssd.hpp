#pragma once
// A flash drive: submission queues, firmware, a host link, a write buffer, and dies behind
// channels, with a page-mapped translation layer that cleans up behind itself.
//
// Read (NVMeVirt's resource algebra): firmware; then for each flash page touched, on its die, a
// command that takes the channel for a moment, sensing (tR), and the transfer over the channel, in
// chunks; each chunk crosses the host link while the next one comes; the die is free when its last
// chunk has left it. Done when all chunks have arrived. Write: waits for room in the write buffer;
// firmware; host link; the buffer's memory; done. Full pages leave the buffer for the dies: channel
// transfer, then programming (tPROG), which frees their room; when dies fall behind, the buffer
// fills and writes wait. A die does one thing at a time, in order of arrival or reads first
// (SsdSpec::die_order); in the latter, what users read or write waits by class (flow_class.hpp).
// When a die runs short of free blocks it is cleaned: the valid pages of a victim are read and
// programmed again, then the block is erased (tBERS). With a mapping cache, addresses that are not
// in it cost reading a translation page before anything else, changed ones writing it
// (SsdSpec::mapping_write_back). Several planes (MQSim's multi-plane commands): reads, or programs,
// of the host that follow each other in a die's line and lie in one row are sensed or programmed
// together; their data cross the channel one after the other. Queues (NVMe): commands of a process
// go to one queue; SsdSpec::arbitration says whose turn it is, at most queue_fetch commands of each
// in the drive. Not modelled: suspended programs and erases, reads served from the buffer, wear.
//
// Invariants: equal requests at equal instants give equal times. No allocation in steady state.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sim/block/disk.hpp"
#include "sim/block/flow_class.hpp"
#include "sim/block/pooled_fifo.hpp"
#include "sim/block/ssd_ftl.hpp"
#include "sim/block/ssd_mapping_cache.hpp"
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

  struct Counts {
    std::uint64_t programs = 0;  ///< pages, for the host
    std::uint64_t together = 0;  ///< pages read or programmed along with another plane's
    std::uint64_t moves = 0;     ///< pages programmed by cleaning
    std::uint64_t erases = 0;
    std::uint64_t mapping_reads = 0;
    std::uint64_t mapping_programs = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  static constexpr std::uint32_t most_page_stripes = 16;

  /// A request in the drive; its event ends the firmware's part.
  struct Command final : Event {
    explicit Command(Ssd& owner) : Event(&Ssd::on_firmware), ssd(owner) {}
    Ssd& ssd;
    DiskRequest* request = nullptr;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_left = 0;  ///< not over the link yet
    Command* next = nullptr;
  };
  enum class Work : std::uint8_t {
    map_read,
    map_update,  ///< reads a translation page that has changed
    map_program,
    read,
    program,
    move_read,
    move_program,
    erase,
  };
  /// One thing a die does.
  struct PageWork {
    Work kind = Work::read;
    Command* command = nullptr;  ///< of a read
    std::uint32_t die = 0;
    std::uint32_t bytes = 0;
    std::uint32_t bytes_left = 0;  ///< not over the channel yet
    std::uint32_t stripes = 0;
    SsdPlace place;              ///< but of mapping works and erases
    std::uint32_t map_page = 0;  ///< of a mapping work
    std::uint32_t process = 0;   ///< whose mapping cache is used
    FlowClass flow_class = FlowClass::high;
    std::array<std::uint32_t, most_page_stripes> contents{};  ///< of a program
    PageWork* next = nullptr;
    PageWork* together = nullptr;  ///< goes on in another plane at the same time

    [[nodiscard]] bool senses() const;
  };
  /// In which a die serves what waits for it.
  enum Turn : std::uint8_t { mapping, reading, programming, cleaning, turns };

  struct TranslationPage {
    bool in_memory = false;  ///< has changed and is not on flash again
    bool coming = false;     ///< is being read
    LinkedFifo<PageWork> waiting;
  };

  struct Cleaning {
    bool running = false;
    std::uint32_t block = 0;
    std::uint32_t next_page = 0;
    std::vector<std::uint32_t> page;    ///< valid stripes of a page
    std::vector<std::uint32_t> moving;  ///< read, not programmed yet
  };
  /// Its event ends sensing, programming or erasing. It keeps `work` until that has left it.
  struct Die final : Event {
    Die(Ssd& owner, std::uint32_t index, std::uint32_t of_channel)
        : Event(&Ssd::on_die), ssd(owner), number(index), channel(of_channel) {}
    Ssd& ssd;
    std::uint32_t number;
    std::uint32_t channel;
    PageWork* work = nullptr;
    std::array<ClassedFifo<PageWork>, turns> waiting;
    LinkedFifo<PageWork> without_room;  ///< programs that wait for an erased block
    Cleaning clean;
  };
  /// Its event ends a command, or the transfer of one chunk.
  struct Channel final : Event {
    Channel(Ssd& owner, std::uint32_t index) : Event(&Ssd::on_channel), ssd(owner), number(index) {}
    Ssd& ssd;
    std::uint32_t number;
    Die* commanded = nullptr;  ///< who is being told what to do
    PageWork* work = nullptr;  ///< whose data are on it
    std::uint32_t chunk = 0;
    LinkedFifo<PageWork> queue;
    std::uint32_t turn = 0;  ///< the way that is asked first

    [[nodiscard]] bool busy() const { return commanded != nullptr || work != nullptr; }
  };
  struct LinkTransfer {
    Command* command = nullptr;
    std::uint64_t bytes = 0;
    LinkTransfer* next = nullptr;
  };
  struct Queue {
    LinkedFifo<Command> waiting;
    std::uint32_t fetched = 0;
  };
  struct Buffered {
    std::uint32_t stripe = 0;
    std::uint32_t bytes = 0;
    std::uint32_t process = 0;
    FlowClass flow_class = FlowClass::high;
  };

  static void on_firmware(Event& event);
  static void on_die(Event& event);
  static void on_channel(Event& event);
  void on_link();
  void on_memory();

  // Commands: ssd.cpp.
  Queue& queue_of(const DiskRequest& request);
  [[nodiscard]] bool may_fetch(const Queue& queue) const;
  Queue* next_in_turn();
  Queue* next_of_class(std::size_t flow_class);
  Queue* next_queue();
  void fetch();
  void begin(Command& command);
  void start_read(Command& command);
  void enter_link(Command& command, std::uint64_t bytes);
  void start_link();
  void enter_memory(Command& command);
  void start_memory();
  void finish_command(Command& command);
  void admit_writes();
  void buffer_stripes(const DiskRequest& request);
  void program_buffered();
  template <class Visit>
  void for_each_stripe(const DiskRequest& request, Visit visit) const;

  // Dies and channels: ssd_flash.cpp.
  PageWork& new_work(Work kind, std::uint32_t die, std::uint32_t bytes);
  void enqueue(PageWork& work);
  [[nodiscard]] Turn turn_of(Work kind) const;
  PageWork* next_work(Die& die);
  [[nodiscard]] bool joins(const PageWork& first, const PageWork& other) const;
  void join_planes(Die& die);
  void start_work(Die& die);
  void perform(Die& die);
  [[nodiscard]] kev::Duration sensing(const PageWork& work) const;
  [[nodiscard]] kev::Duration programming_time(const PageWork& work) const;
  void enter_channel(PageWork& work);
  void start_chunk(Channel& channel);
  void end_command(Channel& channel);
  void end_chunk(Channel& channel);
  void serve_next(Channel& channel);
  void finish_work(Die& die);
  void finished(PageWork& work);

  // Translation and cleaning: ssd_cleaning.cpp.
  MappingCache& mapping_cache_of(std::uint32_t process);
  [[nodiscard]] bool wait_for_mapping(PageWork& work, MappingCache::Use use);
  void mapping_arrived(std::uint32_t page);
  void write_mapping(std::uint32_t page);
  void place_program(PageWork& work);
  void start_cleaning(std::uint32_t die);
  void clean_on(std::uint32_t die);
  void move_page(std::uint32_t die);
  void block_erased(std::uint32_t die);

  Engine& engine_;
  const SsdSpec spec_;
  SsdFtl ftl_;
  std::vector<std::optional<MappingCache>> mapping_caches_;  ///< made when first used
  std::vector<TranslationPage> translation_;                 ///< empty: all of it is in memory
  std::deque<Die> dies_;
  std::deque<Channel> channels_;
  std::vector<Queue> queues_;
  std::size_t queue_turn_ = 0;
  FlowTurns class_turns_;
  std::array<std::size_t, flow_classes> class_queue_turn_{};
  std::uint32_t queued_ = 0;  ///< commands in all queues
  Pool<Command> commands_;
  Pool<PageWork> works_;
  Pool<LinkTransfer> transfers_;
  std::vector<PageWork*> pieces_;  ///< of the read being started
  std::uint32_t inside_ = 0;       ///< requests in the drive
  Counts counts_;

  LinkedFifo<LinkTransfer> link_queue_;
  MemberEvent<Ssd, &Ssd::on_link> link_done_{*this};
  LinkedFifo<Command> memory_queue_;
  MemberEvent<Ssd, &Ssd::on_memory> memory_done_{*this};

  LinkedFifo<Command> waiting_writes_;  ///< for room in the buffer
  std::deque<Buffered> buffered_;       ///< arrived, not on the way to a die
  std::uint64_t buffer_used_ = 0;       ///< bytes reserved, from admission until programmed
  std::uint32_t arriving_writes_ = 0;   ///< admitted, not in the buffer yet
  std::uint32_t programs_ = 0;          ///< on the way to a die or being programmed
};

}  // namespace sim
