#include "core/examine.hpp"

#include <algorithm>

namespace sidestep::core {

const Mapping* mapping_at(const Module& module, Address address) {
  for (const Mapping& m : module.mappings)
    if (m.range.contains(address)) return &m;
  return nullptr;
}

namespace {

std::optional<Refusal> refuse_place(const Location& where, const Module& module,
                                    std::span<const AddressRange> rseq) {
  const Mapping* mapping = mapping_at(module, where.address);
  if (!mapping) return Refusal{"not mapped"};
  if (mapping->path == "[vsyscall]")
    return Refusal{"in the vsyscall page, which the kernel emulates and nobody can write"};
  if (!mapping->executable) return Refusal{"in data, not in code: the mapping is not executable"};
  if (mapping->shared)
    return Refusal{
        "in a shared mapping: a breakpoint would be written to the file and seen by every "
        "process that maps it"};
  if (mapping->path.starts_with("/anon_hugepage") ||
      mapping->path.find("/hugepages") != std::string::npos)
    return Refusal{"in huge-page text, which would have to be copied whole"};
  for (const AddressRange& range : rseq)
    if (range.contains(where.address))
      return Refusal{"in a restartable sequence (rseq): a trap there would abort it every time"};
  return std::nullopt;
}

}  // namespace

std::variant<Instruction, Refusal> examine(const Architecture& arch, const Location& where,
                                           const Module& module, std::span<const AddressRange> rseq,
                                           CodeView code) {
  if (auto refusal = refuse_place(where, module, rseq)) return *refusal;
  const std::uint64_t skip = where.address.value - code.from.value;
  if (skip >= code.bytes.size()) return Refusal{"its bytes can't be read"};
  if (skip && !arch.is_boundary(code.bytes, code.from, where.address))
    return Refusal{
        "inside an instruction: decoding from the function's start puts no boundary there"};
  return arch.analyze(code.bytes.subspan(skip), where.address);
}

}  // namespace sidestep::core
