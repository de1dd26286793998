// Arming's side that talks to the user: refusals, and whether every probe found something.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "core/arming.hpp"

namespace sidestep::core {
namespace {

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

}  // namespace

bool Arming::byte_is_from_file(const Module& module, Address address) const {
  const Mapping* mapping = mapping_at(module, address);
  if (!mapping) return false;
  std::ifstream file(module.file, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(mapping->file_offset +
                                         (address.value - mapping->range.begin.value)));
  return file.get() == arch_.trap_byte();
}

void Arming::refuse(const Module& module, const Location& where, const std::vector<ProbeId>& probes,
                    const std::string& reason) {
  std::string what = where.function.empty() ? hex(where.address.value) : where.function;
  const bool inside =
      where.function_range.contains(where.address) && where.address != where.function_range.begin;
  if (inside) what += "+" + hex(where.address.value - where.function_range.begin.value);
  for (const ProbeId probe : probes)
    refused_.push_back({probe, what + " in " + file_name(module.path), reason});
}

void Arming::refuse(const Site& site, const std::string& reason) {
  for (const ProbeId probe : site.probes())
    refused_.push_back({probe, hex(site.plan.address.value), reason});
}

bool Arming::names_absent_module(const Process& process, const ProbeSpec& probe) const {
  if (probe.module.empty() || probe.module == "MAIN") return false;
  return std::none_of(process.modules.begin(), process.modules.end(),
                      [&](const Module& m) { return resolver_.allows(probe, m); });
}

bool Arming::is_about_to_match(ProbeId id) const {
  for (const auto& [process, here] : spaces_)
    for (const auto& [address, site] : here.pending) {
      const auto probes = site.probes();
      if (std::find(probes.begin(), probes.end(), id) != probes.end()) return true;
    }
  return false;
}

Result<void> Arming::check_matches(std::span<const Process* const> processes) const {
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    const ProbeSpec& probe = probes_[i];
    const auto id = static_cast<ProbeId>(i);
    const auto absent = [&](const Process* p) { return names_absent_module(*p, probe); };
    if (matched_[i] || probe.optional || is_about_to_match(id)) continue;
    if (std::all_of(processes.begin(), processes.end(), absent)) continue;
    return no_match(*processes.front(), probe, id);
  }
  return {};
}

Error Arming::no_match(const Process& process, const ProbeSpec& probe, ProbeId id) const {
  if (const auto mistake = mistakes_.find(id); mistake != mistakes_.end()) return mistake->second;
  std::string text = "-x '" + probe.text + "': ";
  for (const Refused& r : refused_)
    if (r.probe == id) return {ErrorKind::Usage, said(r)};
  if (auto* absolute = std::get_if<ProbeSpec::Absolute>(&probe.what))
    return {ErrorKind::Usage, text + refuse_address(process, absolute->address)};
  std::vector<std::string> names;
  for (const Module& m : process.modules)
    if (names.size() < 4) names.push_back(file_name(m.path));
  text += std::holds_alternative<ProbeSpec::Line>(probe.what)
              ? "no debug information about such a file in "
              : "no such function in ";
  text += list(names);
  if (process.modules.size() > names.size())
    text += " and " + std::to_string(process.modules.size() - names.size()) + " more";
  const std::vector<std::string> near = resolver_.nearest(probe, 3);
  text += near.empty() ? "; `sidestep list` shows what a spec matches"
                       : "; did you mean " + list(near) + "?";
  for (const Module& m : process.modules)
    if (m.main && !has_names(m))
      text += " (" + file_name(m.path) + " is stripped: its functions are called sub_OFFSET)";
  for (const std::string& why : unreadable_) text += " (" + why + ")";
  return {ErrorKind::Usage, text};
}

/// What every linked program has, unless its symbol table was taken away.
bool Arming::has_names(const Module& module) const {
  for (const char* name : {"main", "_start", "main.main"})
    if (resolver_.symbol(module, name)) return true;
  return false;
}

std::string Arming::refuse_address(const Process& process, Address address) const {
  for (const Mapping& m : kernel_.mappings(process.living())) {
    if (!m.range.contains(address)) continue;
    const Module one{m.path, m.path, m.range.begin, false, {m}};
    const Location where{ProbeId{}, address, "", {}, "", 0};
    auto found = examine(arch_, where, one, {}, {address, {}});
    const auto* refusal = std::get_if<Refusal>(&found);
    return refusal ? hex(address.value) + " is " + refusal->text
                   : hex(address.value) + " is in code that no file backs";
  }
  return hex(address.value) + " is not mapped; `MAIN+0xOFFSET` counts from the load base";
}

std::string Arming::said(const Refused& refused) const {
  return "-x '" + probes_[static_cast<std::size_t>(refused.probe)].text + "': " + refused.what +
         " can't be a site: " + refused.reason;
}

/// A pattern may match hundreds that can't be sites: of each probe one is told.
std::vector<std::string> Arming::take_notes() {
  std::vector<std::string> fresh = std::exchange(notes_, {});
  std::map<ProbeId, std::vector<const Refused*>> by_probe;
  for (; told_ < refused_.size(); ++told_)
    if (const Refused& r = refused_[told_]; !r.declared_only) by_probe[r.probe].push_back(&r);
  for (const auto& [probe, places] : by_probe) {
    std::string text = said(*places.front());
    if (places.size() > 1)
      text +=
          " (nor can " + std::to_string(places.size() - 1) + " more: `sidestep list` shows them)";
    fresh.push_back(std::move(text));
  }
  std::erase_if(fresh, [&](const std::string& text) { return !known_notes_.insert(text).second; });
  return fresh;
}

std::vector<std::string> Arming::never_loaded() const {
  std::vector<std::string> specs;
  for (std::size_t i = 0; i < probes_.size(); ++i)
    if (!matched_[i] && !probes_[i].optional) specs.push_back(probes_[i].text);
  return specs;
}

}  // namespace sidestep::core
