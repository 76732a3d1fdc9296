#include "server/state/blobs.h"

#include <functional>

namespace branchlight::state {
namespace {

void put(std::string& out, std::uint32_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

template <typename Set, typename Number>
void put_sorted(std::string& out, const Set& set, Number number_of) {
  put(out, static_cast<std::uint32_t>(set.size()));
  std::uint32_t before = 0;
  for (const auto& element : set) {
    const std::uint32_t number = number_of(element);
    put(out, number - before);
    before = number;
  }
}

std::uint32_t number_of(mapping::ArmRef arm) { return arm.site * 2 + static_cast<std::uint32_t>(arm.arm); }

bool take(std::string_view& in, std::uint32_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    number |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Every number must be below `limit`.
bool take_sorted(std::string_view& in, std::uint64_t limit, const std::function<void(std::uint32_t)>& use) {
  std::uint32_t count = 0;
  if (!take(in, count)) return false;
  std::uint64_t number = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t distance = 0;
    if (!take(in, distance)) return false;
    number += distance;
    if (number >= limit) return false;
    use(static_cast<std::uint32_t>(number));
  }
  return true;
}

bool take_arms(std::string_view& in, const syntax::Syntax& syntax, Arms& arms) {
  return take_sorted(in, syntax.sites.size() * 2, [&](std::uint32_t number) {
    arms.insert(arms.end(), {number / 2, static_cast<syntax::Arm>(number % 2)});
  });
}

class Fnv {
 public:
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) value_ = (value_ ^ (number & 0xFF)) * 1099511628211ULL;
  }
  void add(text::ByteRange range) { add(std::uint64_t{range.begin} << 32 | range.end); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

}  // namespace

std::string to_blob(const model::Evidence& evidence) {
  std::string out;
  put_sorted(out, evidence.lines, [](std::uint32_t line) { return line; });
  put_sorted(out, evidence.arms, number_of);
  put_sorted(out, evidence.scopes, [](std::uint32_t scope) { return scope; });
  return out;
}

std::string to_blob(const Arms& arms) {
  std::string out;
  put_sorted(out, arms, number_of);
  return out;
}

std::optional<model::Evidence> evidence_from_blob(std::string_view bytes, const syntax::Syntax& syntax) {
  model::Evidence evidence;
  const bool sound = take_sorted(bytes, std::uint64_t{syntax.text->line_count()} + 1,
                                 [&](std::uint32_t line) { evidence.lines.insert(evidence.lines.end(), line); }) &&
                     take_arms(bytes, syntax, evidence.arms) &&
                     take_sorted(bytes, syntax.scopes.size(),
                                 [&](std::uint32_t scope) { evidence.scopes.insert(evidence.scopes.end(), scope); }) &&
                     bytes.empty();
  return sound ? std::optional(std::move(evidence)) : std::nullopt;
}

std::optional<Arms> arms_from_blob(std::string_view bytes, const syntax::Syntax& syntax) {
  Arms arms;
  return take_arms(bytes, syntax, arms) && bytes.empty() ? std::optional(std::move(arms)) : std::nullopt;
}

std::uint64_t fingerprint(const syntax::Syntax& syntax) {
  Fnv hash;
  hash.add(syntax.text->content_hash());
  for (const syntax::Site& site : syntax.sites) {
    hash.add(static_cast<std::uint64_t>(site.kind));
    hash.add(site.test);
    hash.add(site.body);
    hash.add(site.scope);
  }
  for (const syntax::Scope& scope : syntax.scopes) {
    hash.add(static_cast<std::uint64_t>(scope.kind));
    hash.add(scope.range);
  }
  return hash.value();
}

}  // namespace branchlight::state
