#include "core/indirect.hpp"

#include <algorithm>
#include <set>

namespace sidestep::core {
namespace {

/// What a function's code says of other functions.
struct Mentions {
  std::set<Address> taken;   ///< whose address it takes
  std::set<Address> called;  ///< or jumps to
  bool calls_pointers = false;

  void merge(Mentions more) {
    calls_pointers |= more.calls_pointers;
    taken.merge(more.taken);
    called.merge(more.called);
  }
};

class Chooser {
 public:
  Chooser(const Architecture& arch, Resolver& resolver, const Module& module, const ReadCode& read)
      : arch_(arch), resolver_(resolver), module_(module), read_(read) {}

  Implementations choices_of(const Location& chooser) const;

 private:
  Mentions mentions_of(AddressRange function) const;
  std::vector<Location> beginning_at(const std::set<Address>& addresses) const;

  const Architecture& arch_;
  Resolver& resolver_;
  const Module& module_;
  const ReadCode& read_;
};

/// One instruction after the other: a resolver is straight code, and what follows an address that
/// was mistaken for code mentions nothing where a function begins.
Mentions Chooser::mentions_of(AddressRange function) const {
  Mentions found;
  const std::vector<std::uint8_t> code = read_(function);
  for (std::size_t at = 0; at < code.size();) {
    const Address here = function.begin + at;
    const auto flow = arch_.flow(std::span(code).subspan(at), here);
    if (flow && flow->target && !function.contains(*flow->target))
      found.called.insert(*flow->target);
    if (flow && flow->then == Flow::Then::Calls && !flow->target) found.calls_pointers = true;
    if (flow && flow->taken)
      found.taken.insert(*flow->taken);
    else if (flow && flow->data)  // a pointer that is kept: the linker's table, or a constant
      if (const auto pointer = resolver_.relocated_pointer(module_, *flow->data))
        found.taken.insert(*pointer);
    at += flow ? flow->length : 1;
  }
  return found;
}

std::vector<Location> Chooser::beginning_at(const std::set<Address>& addresses) const {
  std::vector<Location> functions;
  for (const Address address : addresses)
    if (auto function = resolver_.function_beginning_at(module_, address))
      functions.push_back(std::move(*function));
  return functions;
}

/// Breadth first, and no deeper than something is found: what a function deeper down takes the
/// address of has another purpose.
Implementations Chooser::choices_of(const Location& chooser) const {
  constexpr int deepest = 3;
  std::vector<Location> level{chooser};
  for (int depth = 0; depth < deepest && !level.empty(); ++depth) {
    Mentions found;
    for (const Location& function : level) found.merge(mentions_of(function.function_range));
    found.taken.erase(chooser.address);
    std::vector<Location> choices = beginning_at(found.taken);
    if (!choices.empty()) return {std::move(choices), found.calls_pointers};
    level = beginning_at(found.called);
  }
  return {};
}

}  // namespace

Implementations implementations(const Architecture& arch, Resolver& resolver, const Module& module,
                                const Location& chooser, const ReadCode& read) {
  Implementations found = Chooser(arch, resolver, module, read).choices_of(chooser);
  for (Location& one : found.all) {
    one.probe = chooser.probe;
    one.function = chooser.function;
  }
  return found;
}

void Chosen::add(const std::string& function, const Implementations& found) {
  if (functions_++ == 0) first_ = function;
  implementations_ += found.all.size();
  maybe_not_complete_ |= found.maybe_not_complete;
}

std::string Chosen::note() const {
  const std::string who =
      functions_ == 1 ? first_ + " is" : std::to_string(functions_) + " functions are";
  const std::string what = implementations_ == 1
                               ? "its one implementation is"
                               : (functions_ == 1 ? "its " : "their ") +
                                     std::to_string(implementations_) + " implementations are";
  return who + " chosen at run time (IFUNC): " + what + " probed, also for other names of it" +
         (maybe_not_complete_ ? "; one in another module (the vdso) may be chosen, which is not"
                              : "");
}

}  // namespace sidestep::core
