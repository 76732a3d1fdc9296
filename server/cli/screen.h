// What `watch` writes: on a terminal with colours and a line that changes in place, else plain lines.
#pragma once

#include <string>

namespace branchlight::cli {

class Screen {
 public:
  Screen();
  enum class Colour { plain, green, red, yellow, dim, bold };
  std::string in(Colour colour, const std::string& text) const;
  // Overwritten by what comes next. Nothing without a terminal.
  void live(const std::string& text);
  void line(const std::string& text);
  bool is_terminal() const { return terminal_; }

 private:
  bool terminal_ = false, colours_ = false, live_ = false;
};

// As many columns as fit; bytes that continue a character do not count.
std::string shortened(const std::string& text, std::size_t columns);

}  // namespace branchlight::cli
