// The functions of one file, from its symbols and its .eh_frame: found by name, by pattern, by
// address. Built once from an ElfFile, which it needs to outlive it; immutable afterwards, but for
// an index of names that is made at the first exact query. Nothing fails.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

struct Function {
  LinkAddress address = 0;
  LinkAddress end = 0;     ///< from its size, else up to the next function or the section's end
  std::string_view name;   ///< as in the file, possibly mangled
  std::uint32_t base = 0;  ///< length of the name without clone suffixes
  bool sized = false;      ///< the file says its size
  bool global = false;
  bool indirect = false;  ///< STT_GNU_IFUNC: the code at `address` only chooses the function
  bool unnamed = false;   ///< known to .eh_frame only, the name is ours

  std::string_view base_name() const { return name.substr(0, base); }
};

class FunctionTable {
 public:
  explicit FunctionTable(const ElfFile& file);

  /// Ascending by address; several with one address are aliases.
  const std::vector<Function>& all() const { return functions_; }
  /// Those whose name, with or without clone suffixes, is exactly this.
  std::vector<const Function*> named(std::string_view name) const;
  /// Of the functions whose sizes the file says, ascending: the longest of those that begin at one
  /// address.
  std::vector<LinkRange> extents() const;
  /// Those that begin there, under all their names; the most telling first.
  std::vector<const Function*> beginning_at(LinkAddress address) const;
  /// Innermost function around an address, the most telling one of its aliases; or null.
  const Function* at(LinkAddress address) const;

 private:
  void add_symbols(const ElfFile& file);
  void add_frames(const ElfFile& file);
  void close_ends(const ElfFile& file);
  void index() const;

  std::vector<Function> functions_;
  std::deque<std::string> made_names_;
  mutable std::vector<std::pair<std::size_t, std::uint32_t>> by_hash_;
};

/// Whether `a` is the better name of two aliases: a symbol before a made name, global before local,
/// fewer leading underscores, shorter.
bool tells_more(const Function& a, const Function& b);

}  // namespace sidestep::symbols
