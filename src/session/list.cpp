// `sidestep list FILE`: the same resolving and examining as arming does, on a file that nobody
// runs.
#include <algorithm>
#include <set>

#include "amd64/amd64.hpp"
#include "core/examine.hpp"
#include "session/probes.hpp"
#include "sidestep/session.hpp"
#include "symbols/elf_resolver.hpp"
#include "symbols/file_module.hpp"

namespace sidestep {
namespace {

struct Verdict {
  const char* word;
  const char* reason;
};

Verdict verdict_of(const core::Instruction& insn) {
  switch (insn.form) {
    case core::Form::Boosted:
      return {"boosted", ""};
    case core::Form::Twin:
      return {"twin", "two stops a hit: it must be caught right behind the instruction"};
    case core::Form::Step:
      return {"stepped", "two stops a hit: a call whose operand its own push would overwrite"};
    case core::Form::SystemCall:
      return {"syscall", "two stops a hit: counted as it enters the kernel"};
    case core::Form::OwnTrap:
      break;
  }
  return {"own int3", "the program's own breakpoint: its SIGTRAP is passed on"};
}

std::variant<core::Instruction, core::Refusal> look(const core::Architecture& arch,
                                                    const core::Module& module,
                                                    const core::Location& where,
                                                    const core::Findings& findings) {
  constexpr std::size_t longest_instruction = 15;
  const Address from =
      where.function_range.contains(where.address) ? where.function_range.begin : where.address;
  const auto bytes =
      symbols::file_bytes(module, from, where.address.value - from.value + longest_instruction);
  return core::examine(arch, where, module, findings.rseq, {from, bytes});
}

ListRow row_for(const core::Location& where, const core::Module& module, const std::string& spec) {
  ListRow row;
  row.address = where.address;
  row.module = module.path.substr(module.path.rfind('/') + 1);
  row.func = where.function;
  if (where.function_range.contains(where.address))
    row.func_off = where.address.value - where.function_range.begin.value;
  if (!where.source_file.empty())
    row.src = where.source_file + ":" + std::to_string(where.source_line);
  row.probe = spec;
  return row;
}

}  // namespace

Result<std::vector<ListRow>> list_file(const std::vector<std::string>& probes,
                                       const std::vector<std::string>& excluded,
                                       const std::string& file) {
  const auto specs = session::parse_probes(probes), without = session::parse_probes(excluded);
  if (!specs) return specs.error();
  if (!without) return without.error();
  const auto module = symbols::file_module(file);
  if (!module) return module.error();
  const auto arch = amd64::make_architecture();
  const auto resolver = symbols::make_resolver();
  const auto findings = resolver->find(*module, *specs);
  if (!findings) return findings.error();
  std::set<Address> left_out;
  if (const auto out = resolver->find(*module, *without))
    for (const core::Location& location : out->locations) left_out.insert(location.address);

  std::vector<ListRow> rows;
  for (const core::Location& where : findings->locations) {
    if (left_out.contains(where.address)) continue;
    ListRow row = row_for(where, *module, probes[static_cast<std::size_t>(where.probe)]);
    const auto found = look(*arch, *module, where, *findings);
    if (const auto* insn = std::get_if<core::Instruction>(&found)) {
      row.verdict = verdict_of(*insn).word;
      row.reason = verdict_of(*insn).reason;
      row.instruction = insn->mnemonic;
    } else {
      row.verdict = "refused";
      row.reason = std::get<core::Refusal>(found).text;
    }
    rows.push_back(std::move(row));
  }
  for (const core::Unplaced& u : findings->unplaced) {
    ListRow row;
    row.module = module->path.substr(module->path.rfind('/') + 1);
    row.func = u.name;
    row.probe = probes[static_cast<std::size_t>(u.probe)];
    row.verdict = "refused";
    row.reason = u.reason;
    rows.push_back(std::move(row));
  }
  if (rows.empty() && !specs->empty()) {
    const auto near = resolver->nearest(specs->front(), 3);
    std::string text = "-x '" + probes.front() + "': no such function in " + file;
    for (std::size_t i = 0; i < near.size(); ++i)
      text += (i ? ", " : "; did you mean ") + near[i] + (i + 1 == near.size() ? "?" : "");
    return Error{ErrorKind::Usage, text};
  }
  std::sort(rows.begin(), rows.end(),
            [](const ListRow& a, const ListRow& b) { return a.address < b.address; });
  return rows;
}

}  // namespace sidestep
