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
constexpr std::string_view no_start =
    "in doubt: nothing leads here, and where it begins is in doubt too";
constexpr std::string_view called_over =
    "in doubt: a call goes over it, which may be to push its address";
constexpr std::string_view read_behind_call =
    "in doubt: behind a call that may not come back, and other code reads it as data";

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
    to_follow_.push_back(0);
    const auto first =
        std::upper_bound(others_.branches.begin(), others_.branches.end(), function_.begin);
    for (auto at = first; at != others_.branches.end() && *at < end(); ++at)
      to_follow_.push_back(offset_of(*at));
    follow_all();
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
  void follow_all();
  void follow_run(Offset at, bool behind_call);
  void note_call(Offset behind, const Flow& flow);
  bool may_be_data(Offset at, const Flow& flow) const;
  void doubt_run(Offset from, Offset to, std::string_view reason);
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
  std::vector<Offset> behind_calls_;  // the same, but the call may never come back
  std::vector<std::pair<Offset, Offset>> called_over_;  // from behind a call to where it goes
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

/// What is behind a call comes last: until then a branch may have proved it.
void Sweeper::follow_all() {
  while (!to_follow_.empty() || !behind_calls_.empty()) {
    const bool behind_call = to_follow_.empty();
    std::vector<Offset>& from = behind_call ? behind_calls_ : to_follow_;
    const Offset next = from.back();
    from.pop_back();
    follow_run(next, behind_call);
  }
}

void Sweeper::follow_run(Offset at, bool behind_call) {
  const Offset from = at;
  while (at < code_.size() && cells_[at].length == 0) {
    const auto flow = flow_at(at, code_.size());
    if (!flow) return doubt_run(from, at + 1, undecodable);
    if (behind_call && may_be_data(at, *flow))
      return doubt_run(from, at + flow->length, read_behind_call);
    add(at, *flow);
    note(*flow);
    if (flow->target && inside(*flow->target)) to_follow_.push_back(offset_of(*flow->target));
    at += flow->length;
    if (flow->then == Flow::Then::Calls) return note_call(at, *flow);
    if (flow->then == Flow::Then::Leaves) return;
  }
}

/// A call that goes to the middle of its own function is to a subroutine there, or one over data,
/// whose address it pushes.
void Sweeper::note_call(Offset behind, const Flow& flow) {
  const bool comes_back = !flow.target || !inside(*flow.target) || *flow.target == function_.begin;
  if (comes_back)
    behind_calls_.push_back(behind);
  else if (*flow.target > address_of(behind))
    called_over_.emplace_back(behind, offset_of(*flow.target));
}

bool Sweeper::may_be_data(Offset at, const Flow& flow) const {
  return any_in(others_.data, {address_of(at), address_of(at + flow.length)});
}

void Sweeper::doubt_run(Offset from, Offset to, std::string_view reason) {
  for (Offset i = from; i < to; ++i) cells_[i].doubted = true;
  sweep_.doubts.push_back({{address_of(from), address_of(to)}, reason});
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
  if (from > 0 && cells_[from - 1].doubted) return no_start;
  Offset at = from;
  while (at < to) {
    const auto flow = flow_at(at, to);
    if (!flow || flow->unlikely || !agrees(*flow, from, to)) return no_code;
    at += flow->length;
  }
  const bool over = std::find(called_over_.begin(), called_over_.end(), std::pair(from, to)) !=
                    called_over_.end();
  return over ? called_over : std::string_view();
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
