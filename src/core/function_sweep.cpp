#include "core/function_sweep.hpp"

#include <algorithm>
#include <optional>

namespace sidestep::core {
namespace {

constexpr std::string_view undecodable = "in doubt: this leads to bytes that are no instruction";
constexpr std::string_view overlapping =
    "in doubt: it begins inside another instruction that is reached too";
constexpr std::string_view no_code = "in doubt: nothing leads here, and it does not decode as code";
constexpr std::string_view used_as_data =
    "in doubt: nothing leads here, and other code reads it as data";

bool any_in(std::span<const Address> ascending, AddressRange range) {
  const auto first = std::lower_bound(ascending.begin(), ascending.end(), range.begin);
  return first != ascending.end() && *first < range.end;
}

class Sweeper {
 public:
  Sweeper(const Architecture& arch, AddressRange function, std::span<const std::uint8_t> code,
          const CodeReferences& others)
      : arch_(arch), function_(function), code_(code), others_(others), cells_(code.size()) {}

  Sweep run() {
    follow_from(0);
    const auto first =
        std::upper_bound(others_.branches.begin(), others_.branches.end(), function_.begin);
    for (auto at = first; at != others_.branches.end() && *at < end(); ++at)
      follow_from(offset_of(*at));
    fill_gaps();
    collect();
    return std::move(sweep_);
  }

 private:
  /// One byte of the function.
  struct Cell {
    std::uint8_t length = 0;  ///< of an instruction that begins here; 0: none is known to
    bool covered = false;     ///< part of one
    bool doubted = false;
  };
  using Offset = std::size_t;

  Address end() const { return function_.begin + code_.size(); }
  Offset offset_of(Address address) const { return address.value - function_.begin.value; }
  Address address_of(Offset offset) const { return function_.begin + offset; }
  bool inside(Address address) const { return address >= function_.begin && address < end(); }
  std::optional<Flow> flow_at(Offset at, Offset limit) const {
    return arch_.flow(code_.subspan(at, limit - at), address_of(at));
  }

  void add(Offset at, const Flow& flow);
  void note(const Flow& flow);
  void follow_from(Offset entry);
  void follow_run(Offset at);
  bool goes_on(const Flow& flow) const;
  void doubt_run(Offset from, Offset to);
  void fill_gaps();
  void fill_gap(Offset from, Offset to);
  std::string_view objection_to(Offset from, Offset to) const;
  bool agrees(const Flow& flow, Offset from, Offset to) const;
  void collect();

  const Architecture& arch_;
  const AddressRange function_;
  const std::span<const std::uint8_t> code_;
  const CodeReferences& others_;
  std::vector<Cell> cells_;
  std::vector<Offset> to_follow_;
  Sweep sweep_;
};

void Sweeper::add(Offset at, const Flow& flow) {
  cells_[at].length = flow.length;
  for (Offset i = at; i < at + flow.length; ++i) cells_[i].covered = true;
}

void Sweeper::note(const Flow& flow) {
  if (flow.target) sweep_.references.branches.push_back(*flow.target);
  if (flow.data) sweep_.references.data.push_back(*flow.data);
}

void Sweeper::follow_from(Offset entry) {
  to_follow_.push_back(entry);
  while (!to_follow_.empty()) {
    const Offset next = to_follow_.back();
    to_follow_.pop_back();
    if (next < code_.size()) follow_run(next);
  }
}

/// A call that goes to the middle of its own function may be one over data, whose address it
/// pushes.
bool Sweeper::goes_on(const Flow& flow) const {
  if (flow.then == Flow::Then::Calls && flow.target)
    return !inside(*flow.target) || *flow.target == function_.begin;
  return flow.then != Flow::Then::Leaves;
}

void Sweeper::follow_run(Offset at) {
  Offset unproven = at;  // where the run begins that ends in bytes that are no instruction
  while (at < code_.size() && cells_[at].length == 0) {
    const auto flow = flow_at(at, code_.size());
    if (!flow) return doubt_run(unproven, at);
    add(at, *flow);
    note(*flow);
    if (flow->target && inside(*flow->target)) to_follow_.push_back(offset_of(*flow->target));
    if (!goes_on(*flow)) return;
    at += flow->length;
    if (flow->then == Flow::Then::Calls) unproven = at;  // it may never come back
  }
}

void Sweeper::doubt_run(Offset from, Offset to) {
  for (Offset i = from; i <= to; ++i) cells_[i].doubted = true;
  sweep_.doubts.push_back({{address_of(from), address_of(to + 1)}, undecodable});
}

void Sweeper::fill_gaps() {
  const auto is_covered = [](const Cell& cell) { return cell.covered || cell.doubted; };
  for (auto from = cells_.begin(); from != cells_.end();) {
    from = std::find_if_not(from, cells_.end(), is_covered);
    const auto to = std::find_if(from, cells_.end(), is_covered);
    if (from != to)
      fill_gap(static_cast<Offset>(from - cells_.begin()),
               static_cast<Offset>(to - cells_.begin()));
    from = to;
  }
}

void Sweeper::fill_gap(Offset from, Offset to) {
  const std::string_view objection = objection_to(from, to);
  if (!objection.empty()) sweep_.doubts.push_back({{address_of(from), address_of(to)}, objection});
  for (Offset at = from; at < to;) {
    const auto flow = flow_at(at, to);
    // References count even where there is doubt: they can only raise more of it.
    if (flow && flow->data) sweep_.references.data.push_back(*flow->data);
    if (flow && objection.empty()) add(at, *flow);
    at += flow ? flow->length : 1;
  }
}

/// "": it is code.
std::string_view Sweeper::objection_to(Offset from, Offset to) const {
  if (any_in(others_.data, {address_of(from), address_of(to)})) return used_as_data;
  Offset at = from;
  while (at < to) {
    const auto flow = flow_at(at, to);
    if (!flow || flow->unlikely || !agrees(*flow, from, to)) return no_code;
    at += flow->length;
  }
  return {};
}

/// A branch within the function must not go to the middle of an instruction, or to what is none.
bool Sweeper::agrees(const Flow& flow, Offset from, Offset to) const {
  if (!flow.target || !inside(*flow.target)) return true;
  const Offset target = offset_of(*flow.target);
  const Cell& there = cells_[target];
  const bool unknown = !there.covered && !there.doubted;
  return unknown || (target >= from && target < to) || there.length != 0;
}

/// Where instructions overlap, only the first gets a trap: one inside it would be an operand to
/// whoever runs it from its beginning.
void Sweeper::collect() {
  Offset reach = 0;
  for (Offset at = 0; at < cells_.size(); ++at) {
    const Cell& cell = cells_[at];
    if (cell.length == 0) continue;
    const Offset next = at + cell.length;
    if (at < reach)
      sweep_.doubts.push_back({{address_of(at), address_of(next)}, overlapping});
    else if (!cell.doubted)
      sweep_.instructions.push_back(address_of(at));
    reach = std::max(reach, next);
  }
  if (end() < function_.end)
    sweep_.doubts.push_back({{end(), function_.end}, "its bytes can't be read"});
  std::sort(sweep_.doubts.begin(), sweep_.doubts.end(),
            [](const auto& a, const auto& b) { return a.where.begin < b.where.begin; });
}

}  // namespace

Sweep sweep(const Architecture& arch, AddressRange function, std::span<const std::uint8_t> code,
            const CodeReferences& others) {
  return Sweeper(arch, function, code.first(std::min(code.size(), function.size())), others).run();
}

}  // namespace sidestep::core
