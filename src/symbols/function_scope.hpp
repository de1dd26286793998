// What names mean at one place of a function: its parameters, local variables, results, and the
// globals of its module. Made for one location when a probe is armed; borrows the ModuleFile.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "symbols/location.hpp"
#include "symbols/module_file.hpp"
#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

/// A value of the program's at that place.
struct Named {
  std::string name;
  TypePtr type;
  Place place;
};

/// Which place is meant.
struct ScopeRequest {
  LinkAddress address = 0;
  std::uint64_t run_bias = 0;  ///< run-time address less link address
  bool is_entry = false;       ///< it is the first instruction of the function
  bool inlined = false;        ///< it is the beginning of an inlined instance,
  std::string name;            ///< likely of this function
};

enum class Language : std::uint8_t { C, Go, Rust };

class FunctionScope {
 public:
  FunctionScope(ModuleFile& module, ScopeRequest request);

  /// Whether debug information knows the function.
  bool known() const { return function_.has_value(); }
  Language language() const { return language_; }
  /// In the order of the source.
  std::vector<Named> parameters() const;
  /// Where the function has returned to: nothing, one value, or Go's several.
  std::vector<Named> results() const;

  /// A parameter, a local or a global variable.
  std::optional<Named> find(const std::string& name) const;
  /// Of parameters and local variables.
  std::vector<std::string> names() const;
  /// By name, with `struct` and stars; null: there is none.
  TypePtr type(std::string_view name) const;
  /// The definition of a type that is only declared where it was found; else the type itself.
  TypePtr completed(TypePtr type) const;

 private:
  struct Variable {
    std::string name;
    TypePtr type;
    Dwarf_Die entry{};
  };
  void locate_function();
  void enter_inlined(Dwarf_Die* parent, int depth);
  void read_parameters();
  void read_convention();
  void read_locals(Dwarf_Die* block, int depth);
  void add_parameter(Dwarf_Die entry, Dwarf_Die declared);
  std::vector<Place> called_with() const;
  Place local_place(const Variable& variable) const;
  std::optional<Named> global(const std::string& name) const;

  ModuleFile& module_;
  ScopeRequest request_;
  StopPoint stop_;
  std::optional<Dwarf_Die> unit_, function_;
  Dwarf_Die scope_{};  ///< the function, or the inlined instance that is meant
  Language language_ = Language::C;
  bool is_conventional_ = true;  ///< its parameters are where the ABI has them,
  bool is_result_known_ = true;  ///< and its result
  std::vector<Variable> parameters_, results_, locals_;
  TypePtr result_;
};

}  // namespace sidestep::symbols
