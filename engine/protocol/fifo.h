// A first-in first-out queue that owns no memory while it has never held anything (std::deque
// takes 576 octets at birth), for state that every busy session has.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace sdmp::protocol {

template <class T>
class Fifo {
 public:
  bool empty() const { return head_ == items_.size(); }
  std::size_t size() const { return items_.size() - head_; }
  T& front() { return items_[head_]; }
  // Counted from the front.
  T& operator[](std::size_t index) { return items_[head_ + index]; }

  void push_back(T item) { items_.push_back(std::move(item)); }
  void pop_front() { drop_front(1); }
  void drop_front(std::size_t count) {
    head_ += count;
    if (empty()) {
      items_.clear();
      head_ = 0;
    } else if (head_ >= 64 && head_ > items_.size() / 2) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }
  // Replaces the first `count` items by `kept`, which are fewer or equal in number.
  void replace_front(std::size_t count, std::vector<T> kept) {
    const std::size_t dropped = count - kept.size();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      items_[head_ + dropped + i] = std::move(kept[i]);
    }
    drop_front(dropped);
  }

 private:
  std::vector<T> items_;
  std::size_t head_ = 0;
};

}  // namespace sdmp::protocol
