#include "server/cli/screen.h"

#include <cstdlib>
#include <cstring>
#include <iostream>

#include "server/cli/system.h"

namespace branchlight::cli {

Screen::Screen() : terminal_(standard_output_is_terminal()) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  if (kind != nullptr && std::strcmp(kind, "dumb") == 0) terminal_ = false;
  colours_ = terminal_ && (no_colour == nullptr || *no_colour == '\0');
}

std::string Screen::in(Colour colour, const std::string& text) const {
  if (!colours_ || colour == Colour::plain) return text;
  const char* code = "";
  switch (colour) {
    case Colour::green: code = "32"; break;
    case Colour::red: code = "31"; break;
    case Colour::yellow: code = "33"; break;
    case Colour::dim: code = "2"; break;
    case Colour::bold: code = "1"; break;
    case Colour::plain: break;
  }
  return std::string("\033[") + code + "m" + text + "\033[0m";
}

void Screen::live(const std::string& text) {
  if (!terminal_) return;
  std::cout << "\r" << shortened(text, terminal_width() - 1) << "\033[K" << std::flush;
  live_ = true;
}

void Screen::line(const std::string& text) {
  if (live_) std::cout << "\r\033[K";
  live_ = false;
  std::cout << text << "\n" << std::flush;
}

std::string shortened(const std::string& text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++used > columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace branchlight::cli
