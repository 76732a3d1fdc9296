#pragma once

#include <compare>
#include <memory>
#include <string>
#include <utility>

namespace branchlight::model {

// Text that many things are named by: copies share it. Never changes, so any thread may hold a copy.
class SharedName {
 public:
  SharedName() = default;
  SharedName(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  SharedName(const char* text) : SharedName(std::string(text)) {}
  const std::string& text() const {
    static const std::string none;
    return text_ ? *text_ : none;
  }
  operator const std::string&() const { return text(); }
  bool empty() const { return text().empty(); }
  friend bool operator==(const SharedName& a, const SharedName& b) {
    return a.text_ == b.text_ || a.text() == b.text();
  }
  friend std::strong_ordering operator<=>(const SharedName& a, const SharedName& b) {
    return a.text_ == b.text_ ? std::strong_ordering::equal : a.text() <=> b.text();
  }

 private:
  std::shared_ptr<const std::string> text_;  // null: empty
};

}  // namespace branchlight::model
