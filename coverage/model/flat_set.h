// A sorted vector with the interface of std::set that is in use here. Evidence is many small sets of numbers that
// arrive nearly in order, are merged and iterated, and hardly ever lose an element: four bytes each and no node. Copies
// share their elements until one of them changes: what a fixture ran is evidence of thousands of tests. A set and its
// copies belong to one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace branchlight::model {

template <class T>
class FlatSet {
 public:
  using value_type = T;
  using const_iterator = typename std::vector<T>::const_iterator;
  using iterator = const_iterator;

  FlatSet() = default;
  FlatSet(std::initializer_list<T> values) { insert(values.begin(), values.end()); }

  std::pair<const_iterator, bool> insert(const T& value) {
    if (empty() || values().back() < value) {
      own().push_back(value);
      return {end() - 1, true};
    }
    const auto at = lower_bound(value);
    if (*at == value) return {at, false};
    const auto offset = at - begin();
    auto& mine = own();
    return {mine.insert(mine.begin() + offset, value), true};
  }
  const_iterator insert(const_iterator, const T& value) { return insert(value).first; }
  template <class Iterator>
  void insert(Iterator first, Iterator last) {
    for (; first != last; ++first) insert(*first);
  }
  std::size_t erase(const T& value) {
    const auto at = find(value);
    if (at == end()) return 0;
    const auto offset = at - begin();
    auto& mine = own();
    mine.erase(mine.begin() + offset);
    return 1;
  }
  // The union, in linear time.
  void merge(const FlatSet& other) {
    if (other.empty() || values_ == other.values_) return;
    if (empty() || std::includes(other.begin(), other.end(), begin(), end())) {
      values_ = other.values_;
      return;
    }
    if (std::includes(begin(), end(), other.begin(), other.end())) return;
    std::vector<T> both;
    both.reserve(size() + other.size());
    std::set_union(begin(), end(), other.begin(), other.end(), std::back_inserter(both));
    values_ = std::make_shared<std::vector<T>>(std::move(both));
  }

  const_iterator find(const T& value) const {
    const auto at = lower_bound(value);
    return at != end() && *at == value ? at : end();
  }
  const_iterator lower_bound(const T& value) const { return std::lower_bound(begin(), end(), value); }
  bool contains(const T& value) const { return find(value) != end(); }
  std::size_t count(const T& value) const { return contains(value) ? 1 : 0; }

  const_iterator begin() const { return values().begin(); }
  const_iterator end() const { return values().end(); }
  std::size_t size() const { return values().size(); }
  bool empty() const { return values().empty(); }
  void clear() { values_.reset(); }
  // Whether these two hold their elements once.
  bool shares_with(const FlatSet& other) const { return values_ && values_ == other.values_; }

  friend bool operator==(const FlatSet& a, const FlatSet& b) { return a.values() == b.values(); }

 private:
  const std::vector<T>& values() const {
    static const std::vector<T> none;
    return values_ ? *values_ : none;
  }
  std::vector<T>& own() {
    if (!values_)
      values_ = std::make_shared<std::vector<T>>();
    else if (values_.use_count() > 1)
      values_ = std::make_shared<std::vector<T>>(*values_);
    return *values_;
  }

  std::shared_ptr<std::vector<T>> values_;  // null: none
};

}  // namespace branchlight::model
