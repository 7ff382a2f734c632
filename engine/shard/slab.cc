#include "engine/shard/slab.h"

#include <memory>

#include <sanitizer/asan_interface.h>

#include "codec/check.h"

namespace sdmp::shard {
namespace {

// From that size on sdmpd has the allocator map memory of its own (mallopt, M_MMAP_THRESHOLD): a
// page that is freed leaves no hole in the heap.
constexpr std::size_t kPageBytes = 128 * 1024;

}  // namespace

struct CellPool::Cell {
  // Of a cell that is taken its page, of a free one the next free one of the same page.
  union {
    Page* page;
    Cell* next;
  };

  std::byte* memory() { return reinterpret_cast<std::byte*>(this + 1); }
  static Cell* of(void* memory) { return static_cast<Cell*>(memory) - 1; }
};

struct CellPool::Page {
  // Cells begin off by their head, so that what is behind it is aligned.
  explicit Page(CellPool& owner)
      : pool(owner),
        memory(new std::byte[kPageBytes]),
        cells((kPageBytes - sizeof(Cell)) / owner.cell_bytes_) {
    ++pool.pages_;
  }
  ~Page() { --pool.pages_; }

  bool full() const { return used == cells; }
  // Cells that were never taken come last, so that their memory is not touched before.
  Cell* take() {
    Cell* cell = freed;
    if (cell == nullptr) {
      cell = reinterpret_cast<Cell*>(memory.get() + sizeof(Cell) + begun++ * pool.cell_bytes_);
    } else {
      freed = cell->next;
      ASAN_UNPOISON_MEMORY_REGION(cell->memory(), pool.cell_bytes_ - sizeof(Cell));
    }
    cell->page = this;
    ++used;
    return cell;
  }
  void put(Cell* cell) {
    ASAN_POISON_MEMORY_REGION(cell->memory(), pool.cell_bytes_ - sizeof(Cell));
    cell->next = freed;
    freed = cell;
    --used;
  }

  CellPool& pool;
  std::unique_ptr<std::byte[]> memory;
  std::size_t cells;
  Cell* freed = nullptr;
  std::size_t begun = 0;
  std::size_t used = 0;
};

CellPool::~CellPool() {
  for (const Page* page : open_) delete page;
}

void* CellPool::take(std::size_t bytes) {
  static_assert(sizeof(Cell) == 8);
  if (cell_bytes_ == 0) cell_bytes_ = (sizeof(Cell) + bytes + 15) / 16 * 16;
  if (open_.empty()) open_.push_back(new Page(*this));
  Page& page = *open_.back();
  Cell* cell = page.take();
  if (page.full()) open_.pop_back();
  return cell->memory();
}

void CellPool::put(void* memory) {
  Cell* cell = Cell::of(memory);
  Page& page = *cell->page;
  const bool was_full = page.full();
  page.put(cell);
  page.pool.settle(page, was_full);
}

void CellPool::settle(Page& page, bool was_full) {
  if (was_full) open_.push_back(&page);
  if (page.used > 0 || open_.size() == 1) return;
  std::erase(open_, &page);
  delete &page;
}

}  // namespace sdmp::shard
