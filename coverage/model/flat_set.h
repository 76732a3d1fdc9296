// A sorted vector with the interface of std::set that is in use here. Evidence is many small sets of numbers that
// arrive nearly in order, are merged and iterated, and hardly ever lose an element: four bytes each and no node.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
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
    if (values_.empty() || values_.back() < value) {
      values_.push_back(value);
      return {values_.end() - 1, true};
    }
    const auto at = std::lower_bound(values_.begin(), values_.end(), value);
    if (*at == value) return {at, false};
    return {values_.insert(at, value), true};
  }
  const_iterator insert(const_iterator, const T& value) { return insert(value).first; }
  template <class Iterator>
  void insert(Iterator first, Iterator last) {
    for (; first != last; ++first) insert(*first);
  }
  std::size_t erase(const T& value) {
    const auto at = find(value);
    if (at == end()) return 0;
    values_.erase(at);
    return 1;
  }
  // The union, in linear time.
  void merge(const FlatSet& other) {
    if (other.empty()) return;
    const auto middle = static_cast<std::ptrdiff_t>(values_.size());
    values_.insert(values_.end(), other.begin(), other.end());
    std::inplace_merge(values_.begin(), values_.begin() + middle, values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  }

  const_iterator find(const T& value) const {
    const auto at = lower_bound(value);
    return at != end() && *at == value ? at : end();
  }
  const_iterator lower_bound(const T& value) const { return std::lower_bound(values_.begin(), values_.end(), value); }
  bool contains(const T& value) const { return find(value) != end(); }
  std::size_t count(const T& value) const { return contains(value) ? 1 : 0; }

  const_iterator begin() const { return values_.begin(); }
  const_iterator end() const { return values_.end(); }
  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  void clear() { values_.clear(); }

  friend bool operator==(const FlatSet&, const FlatSet&) = default;

 private:
  std::vector<T> values_;
};

}  // namespace branchlight::model
