// Plans the capture of a value: adds the items to a program that copy it, and says by a shape what
// they mean. Bounded: a value copies its own bytes (some hundred at most), elements and texts
// within the user's limits, and follows no pointers but those to text and to elements.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/program.hpp"
#include "core/resolver.hpp"
#include "core/shape.hpp"
#include "symbols/library_type.hpp"
#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

class ShapeMaker {
 public:
  ShapeMaker(core::Program& program, const core::CaptureLimits& limits)
      : program_(program), limits_(limits) {}

  core::Shape of(const ValueType& type, const Place& place);

 private:
  /// A run of the value's bytes that an item holds from its beginning on.
  struct Part {
    std::uint64_t begin = 0, size = 0;
    std::uint16_t item = 0;
  };
  /// The value whose bytes have been copied.
  struct Copied {
    Place place;
    std::vector<Part> parts;
  };

  core::Shape whole(const ValueType& type, Place place, int depth);
  core::Shape inside(const ValueType& type, std::uint64_t offset, const Copied& from, int depth);
  core::Shape scalar(const ValueType& type, std::uint64_t offset, const Copied& from);
  core::Shape bytes_at(std::uint64_t offset, std::uint64_t size, const Copied& from) const;
  core::Shape pointer(const ValueType& type, std::uint64_t offset, const Copied& from);
  core::Shape members(const ValueType& type, std::uint64_t offset, const Copied& from, int depth);
  void add_members(core::Shape& shape, const ValueType& type, std::uint64_t offset,
                   const Copied& from, int depth);
  core::Shape bits(const Member& member, std::uint64_t offset, const Copied& from);
  core::Shape array(const ValueType& type, std::uint64_t offset, const Copied& from, int depth);
  core::Shape characters(const ValueType& type, std::uint64_t offset, const Copied& from);
  core::Shape extent(const Extent& extent, const Place& place, int depth);
  core::Shape elements(const Extent& extent, const Code& begin, const Code& count, int depth);
  core::Shape c_string(const std::optional<Code>& address, const std::string& missing);
  Copied copy(const Place& place, std::uint64_t size);
  std::uint16_t add_item(const Code& body);

  core::Program& program_;
  const core::CaptureLimits& limits_;
  unsigned texts_left_ = 0;  ///< items that the value at hand may still add
};

core::Shape unavailable(std::string why);

}  // namespace sidestep::symbols
