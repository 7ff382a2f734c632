// Memory for very many objects of one type: side by side in pages, without the allocator's headers,
// and without holes that objects of other sizes leave. A page whose last object ends goes back to
// the system, unless it is the only one with room.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace sdmp::shard {

// The part that knows no type: cells of one size.
class CellPool {
 public:
  CellPool() = default;
  ~CellPool();
  CellPool(const CellPool&) = delete;
  CellPool& operator=(const CellPool&) = delete;

  // At least `bytes`, the same for every call, aligned for any type.
  void* take(std::size_t bytes);
  // To the pool that it was taken from.
  static void put(void* memory);

  std::size_t pages() const { return pages_; }

 private:
  struct Page;
  struct Cell;
  void settle(Page& page, bool was_full);

  std::size_t cell_bytes_ = 0;
  std::vector<Page*> open_;  // with free cells
  std::size_t pages_ = 0;
};

// Thread rule: one thread. Outlives its objects. T may be incomplete where nothing is made or ends.
template <class T>
class Slab {
 public:
  struct Free {
    void operator()(T* object) const {
      object->~T();
      CellPool::put(object);
    }
  };
  using Pointer = std::unique_ptr<T, Free>;

  template <class... Arguments>
  Pointer make(Arguments&&... arguments) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return Pointer(new (cells_.take(sizeof(T))) T{std::forward<Arguments>(arguments)...});
  }

  std::size_t pages() const { return cells_.pages(); }

 private:
  CellPool cells_;
};

}  // namespace sdmp::shard
