#include "symbols/call_frames.hpp"

#include <dwarf.h>
#include <fcntl.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace sidestep::symbols {
namespace {

constexpr std::size_t most_known = 1 << 14;  ///< places; then they are looked up anew

std::optional<LinkAddress> first_page_of(Elf* elf) {
  constexpr LinkAddress page = 4096;
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (!gelf_getphdr(elf, static_cast<int>(i), &header)) return std::nullopt;
    if (header.p_type == PT_LOAD) return header.p_vaddr / page * page;
  }
  return std::nullopt;
}

bool has_section(Elf* elf, std::string_view wanted) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return false;
  for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(elf, scn)) != nullptr;) {
    GElf_Shdr header;
    const char* name =
        gelf_getshdr(scn, &header) ? elf_strptr(elf, names, header.sh_name) : nullptr;
    if (name && name == wanted) return true;
  }
  return false;
}

/// libdw gives a rule as an expression; these are the forms it has for the plain ones
/// (dwarf_frame_register in libdw.h).
RegisterRule to_rule(std::span<const Dwarf_Op> ops) {
  using Kind = RegisterRule::Kind;
  const auto is = [&](std::size_t i, unsigned atom) { return ops[i].atom == atom; };
  const bool is_value = is(ops.size() - 1, DW_OP_stack_value);
  if (ops.size() == 1 && is(0, DW_OP_regx)) return {Kind::Register, ops[0].number, {}};
  if (ops.size() == 1 && ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31) {
    return {Kind::Register, std::uint64_t{ops[0].atom} - DW_OP_reg0, {}};
  }
  const std::size_t places = ops.size() - (is_value ? 1 : 0);
  const Kind by_cfa = is_value ? Kind::CfaPlus : Kind::AtCfa;
  if (places == 1 && is(0, DW_OP_call_frame_cfa)) return {by_cfa, 0, {}};
  if (places == 2 && is(0, DW_OP_call_frame_cfa) && is(1, DW_OP_plus_uconst)) {
    return {by_cfa, ops[1].number, {}};
  }
  return {is_value ? Kind::IsExpression : Kind::AtExpression, 0, ops};
}

struct Freed {
  void operator()(Dwarf_Frame* frame) const { std::free(frame); }
};

bool read_cfa(Dwarf_Frame* frame, FrameRules& rules) {
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  if (dwarf_frame_cfa(frame, &ops, &count) != 0 || count == 0) return false;
  if (count == 1 && ops[0].atom == DW_OP_bregx) {
    rules.cfa_register = ops[0].number;
    rules.cfa_offset = ops[0].number2;
  } else if (count == 1 && ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
    rules.cfa_register = std::uint64_t{ops[0].atom} - DW_OP_breg0;
    rules.cfa_offset = ops[0].number;
  } else {
    rules.cfa_expression = {ops, count};
  }
  return true;
}

}  // namespace

std::unique_ptr<CallFrames> CallFrames::open(const std::string& path) {
  elf_version(EV_CURRENT);
  std::unique_ptr<CallFrames> made(new CallFrames);
  made->file_.emplace(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*made->file_) return nullptr;
  // Not mapped: a file that is cut while we read it must not kill us with SIGBUS.
  if (!made->use(elf_begin(made->file_->get(), ELF_C_READ, nullptr))) return nullptr;
  return made;
}

std::unique_ptr<CallFrames> CallFrames::of_image(std::vector<std::uint8_t> image) {
  elf_version(EV_CURRENT);
  std::unique_ptr<CallFrames> made(new CallFrames);
  made->image_ = std::move(image);
  auto* bytes = reinterpret_cast<char*>(made->image_.data());
  if (!made->use(elf_memory(bytes, made->image_.size()))) return nullptr;
  return made;
}

bool CallFrames::use(Elf* elf) {
  elf_.reset(elf);
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) return false;
  const auto page = first_page_of(elf);
  if (!page) return false;
  first_page_ = *page;
  eh_frame_.reset(dwarf_getcfi_elf(elf));
  return true;
}

/// Sought only where .eh_frame says nothing; Go has nothing else. Of the file itself: looking for a
/// separate debug file would keep a stopped thread waiting.
Dwarf_CFI* CallFrames::debug_frame() {
  if (std::exchange(debug_frame_sought_, true)) return debug_frame_;
  if (!file_ ||
      (!has_section(elf_.get(), ".debug_frame") && !has_section(elf_.get(), ".zdebug_frame"))) {
    return nullptr;
  }
  // Mapped, as libdw would read all of the debug information otherwise.
  debug_elf_.reset(elf_begin(file_->get(), ELF_C_READ_MMAP_PRIVATE, nullptr));
  if (debug_elf_) dwarf_.reset(dwarf_begin_elf(debug_elf_.get(), DWARF_C_READ, nullptr));
  if (dwarf_) debug_frame_ = dwarf_getcfi(dwarf_.get());
  return debug_frame_;
}

const FrameRules* CallFrames::rules_at(LinkAddress address) {
  if (known_.size() >= most_known) known_.clear();
  const auto [place, added] = known_.try_emplace(address);
  if (added) {
    place->second = look_up(eh_frame_.get(), address);
    if (!place->second) place->second = look_up(debug_frame(), address);
  }
  return place->second ? &*place->second : nullptr;
}

std::optional<FrameRules> CallFrames::look_up(Dwarf_CFI* from, LinkAddress address) const {
  Dwarf_Frame* found = nullptr;
  if (from == nullptr || dwarf_cfi_addrframe(from, address, &found) != 0) return std::nullopt;
  const std::unique_ptr<Dwarf_Frame, Freed> frame(found);
  FrameRules rules;
  const int column = dwarf_frame_info(found, nullptr, nullptr, &rules.signal);
  if (column != FrameRegisters::return_address || !read_cfa(found, rules)) return std::nullopt;
  for (unsigned i = 0; i < FrameRegisters::count; ++i) {
    Dwarf_Op room[3], *ops = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_register(found, static_cast<int>(i), room, &ops, &count) != 0) continue;
    if (count > 0) {
      rules.registers[i] = to_rule({ops, count});
    } else if (ops == nullptr) {
      rules.registers[i].kind = RegisterRule::Kind::Same;
    }
  }
  // Of what is not mentioned libdw takes the ABI's word, yet for amd64 has rax kept by callees
  // where rbx is (seen in 0.188); and the dynamic linker's trampoline finds its frame by rbx.
  constexpr unsigned rax = 0, rbx = 3;
  RegisterRule& kept = rules.registers[rbx];
  if (kept.kind == RegisterRule::Kind::Undefined) kept.kind = RegisterRule::Kind::Same;
  RegisterRule& result = rules.registers[rax];
  if (result.kind == RegisterRule::Kind::Same) result.kind = RegisterRule::Kind::Undefined;
  return rules;
}

}  // namespace sidestep::symbols
