#include "core/evaluate.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/arithmetic.hpp"

namespace sidestep::core {
namespace {

using namespace arithmetic;  // NOLINT: internal building blocks
using Code = Op::Code;
using Status = ItemHead::Status;

constexpr std::size_t deepest = 32;

std::span<const std::uint8_t> bytes_of(const std::uint64_t& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

void put_head(std::uint8_t* to, Status status, std::size_t length) {
  *to++ = static_cast<std::uint8_t>(status);
  for (unsigned shift = 0; shift < 32; shift += 8)
    *to++ = static_cast<std::uint8_t>(length >> shift);
}

class Run {
 public:
  Run(const Program& program, Scene& scene, std::vector<std::uint8_t>* out)
      : program_(program), scene_(scene), out_(out) {}

  /// What is on top of the stack at the end; nullopt: it failed, or nothing is.
  std::optional<std::uint64_t> to_end();

 private:
  bool step(const Op& op);
  bool push_from(const Op& op);
  bool compare_text(const Op& op);
  bool put(const Op& op);
  bool put_memory(Address from, std::uint64_t bytes);
  bool put_text(Address from, std::uint64_t limit, bool counted);
  void fail_item();

  bool push(std::uint64_t value) {
    if (depth_ == deepest) return undefined();
    stack_[depth_++] = value;
    return true;
  }
  std::uint64_t pop() { return depth_ ? stack_[--depth_] : 0; }
  bool unreadable(Address at) {
    failure_ = Status::Unreadable;
    bad_address_ = at;
    return false;
  }
  bool undefined() {
    failure_ = Status::Undefined;
    return false;
  }
  void emit(Status status, std::span<const std::uint8_t> bytes);
  std::span<std::uint8_t> room(std::uint64_t bytes);
  bool keep(std::span<const std::uint8_t> room, std::size_t got);

  const Program& program_;
  Scene& scene_;
  std::vector<std::uint8_t>* out_;
  std::array<std::uint64_t, deepest> stack_{};
  std::size_t depth_ = 0;
  std::size_t next_ = 0;
  std::size_t item_ends_ = 0;  // where to go on when the item fails; 0: no item
  Status failure_ = Status::Ok;
  Address bad_address_;
};

std::optional<std::uint64_t> Run::to_end() {
  while (next_ < program_.ops.size()) {
    const Op& op = program_.ops[next_++];
    if (step(op)) continue;
    if (!item_ends_) return std::nullopt;
    fail_item();
  }
  return depth_ ? std::optional(stack_[depth_ - 1]) : std::nullopt;
}

void Run::fail_item() {
  emit(failure_, bytes_of(bad_address_.value));
  next_ = std::max(next_, item_ends_);
  item_ends_ = 0;
  depth_ = 0;
}

void Run::emit(Status status, std::span<const std::uint8_t> bytes) {
  if (!out_) return;
  const auto to = room(bytes.size());
  std::copy(bytes.begin(), bytes.end(), to.begin());
  put_head(to.data() - ItemHead::bytes, status, bytes.size());
}

bool Run::step(const Op& op) {
  switch (op.code) {
    case Code::Item:
      depth_ = 0;
      item_ends_ = op.number;
      return true;
    case Code::Jump:
      next_ = std::max<std::size_t>(next_, op.number);
      return true;
    case Code::JumpIfZero:
      if (pop() == 0) next_ = std::max<std::size_t>(next_, op.number);
      return true;
    case Code::Drop:
      pop();
      return true;
    case Code::Swap:
      if (depth_ < 2) return undefined();
      std::swap(stack_[depth_ - 1], stack_[depth_ - 2]);
      return true;
    case Code::TextEqual:
    case Code::CountedTextEqual:
      return compare_text(op);
    case Code::PutValue:
    case Code::PutVector:
    case Code::PutMemory:
    case Code::PutCounted:
    case Code::PutText:
    case Code::PutCountedText:
    case Code::PutComm:
      return put(op);
    default:
      return push_from(op);
  }
}

/// Everything that leaves one value on the stack.
bool Run::push_from(const Op& op) {
  std::uint64_t loaded = 0;
  switch (op.code) {
    case Code::Constant:
      return push(op.number);
    case Code::Register: {
      const auto value = scene_.general(op.index);
      return value ? push(*value) : undefined();
    }
    case Code::Vector: {
      std::array<std::uint8_t, 16> whole{};
      if (op.number + op.size > whole.size() || op.size > 8 || !scene_.vector(op.index, whole))
        return undefined();
      std::memcpy(&loaded, whole.data() + op.number, op.size);
      return push(loaded);
    }
    case Code::ThreadId:
      return push(static_cast<std::uint64_t>(scene_.tid().value));
    case Code::Latency:
      return push(static_cast<std::uint64_t>(scene_.latency()));
    case Code::NetTime:
      return push(static_cast<std::uint64_t>(scene_.net_time()));
    case Code::CommEqual:
      return push(scene_.comm() == program_.texts[op.index]);
    case Code::Pick:
      return op.index < depth_ ? push(stack_[depth_ - 1 - op.index]) : undefined();
    case Code::Load: {
      const Address from{pop()};
      const std::span to(reinterpret_cast<std::uint8_t*>(&loaded),
                         std::min<std::size_t>(op.size, 8));
      return scene_.read(from, to) == to.size() ? push(loaded) : unreadable(from);
    }
    default:
      break;
  }
  const std::uint64_t top = pop();
  if (const auto value = unary(op, top)) return push(*value);
  const std::uint64_t below = pop();
  if (is_division(op.code)) {
    const auto value = division(op.code, below, top);
    return value ? push(*value) : undefined();
  }
  if (const auto value = integer(op.code, below, top)) return push(*value);
  const auto value = floating(op.code, real(below), real(top));
  return value ? push(*value) : undefined();
}

/// Reads no more than what could still be equal.
bool Run::compare_text(const Op& op) {
  const std::string& text = program_.texts[op.index];
  const bool counted = op.code == Code::CountedTextEqual;
  const std::uint64_t length = counted ? pop() : text.size() + 1;
  const Address from{pop()};
  if (counted && length != text.size()) return push(0);
  std::array<std::uint8_t, 256> piece{};
  for (std::uint64_t at = 0; at < length;) {
    const auto wanted = std::min<std::uint64_t>(piece.size(), length - at);
    const std::size_t got = scene_.read(from + at, std::span(piece.data(), wanted));
    for (std::size_t i = 0; i < got; ++i) {
      const std::size_t position = at + i;
      const char expected = position < text.size() ? text[position] : '\0';
      if (static_cast<char>(piece[i]) != expected) return push(0);
    }
    at += got;
    if (at < length && got < wanted) return unreadable(from + at);
  }
  return push(1);
}

bool Run::put(const Op& op) {
  const bool from_thread = op.code == Code::PutVector || op.code == Code::PutComm;
  const std::uint64_t top = from_thread ? 0 : pop();
  switch (op.code) {
    case Code::PutValue:
      emit(Status::Ok, bytes_of(top).first(std::min<std::size_t>(op.size, 8)));
      break;
    case Code::PutVector: {
      std::array<std::uint8_t, 16> whole{};
      const std::span to(whole.data(), std::min<std::size_t>(op.size, whole.size()));
      if (!scene_.vector(op.index, to)) return undefined();
      emit(Status::Ok, to);
      break;
    }
    case Code::PutComm: {
      const std::string_view name = scene_.comm();
      emit(Status::Ok, {reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
      break;
    }
    case Code::PutMemory:
      if (!put_memory({top}, op.number)) return false;
      break;
    case Code::PutCounted: {
      const Address from{pop()};
      const std::uint64_t most = op.size ? op.number / op.size : 0;
      if (!put_memory(from, std::min(top, most) * op.size)) return false;
      break;
    }
    case Code::PutText:
      if (!put_text({top}, op.number, false)) return false;
      break;
    default: {
      const Address from{pop()};
      if (!put_text(from, std::min<std::uint64_t>(top, op.number + 1), true)) return false;
    }
  }
  item_ends_ = 0;
  return true;
}

/// Room behind an item's head, which keep() then completes.
std::span<std::uint8_t> Run::room(std::uint64_t bytes) {
  if (!out_) return {};
  const std::size_t before = out_->size();
  out_->resize(before + ItemHead::bytes + bytes);
  return std::span(*out_).subspan(before + ItemHead::bytes);
}

/// Always true: an item is complete.
bool Run::keep(std::span<const std::uint8_t> room, std::size_t got) {
  if (!out_) return true;
  const std::size_t head = out_->size() - room.size() - ItemHead::bytes;
  put_head(out_->data() + head, Status::Ok, got);
  out_->resize(head + ItemHead::bytes + got);
  return true;
}

bool Run::put_memory(Address from, std::uint64_t bytes) {
  constexpr std::uint64_t most = 1 << 16;
  const auto to = room(std::min(bytes, most));
  const std::size_t got = to.empty() ? 0 : scene_.read(from, to);
  if (got == to.size()) return keep(to, got);
  if (out_) out_->resize(out_->size() - to.size() - ItemHead::bytes);
  return unreadable(from + got);
}

/// A counted text has `limit` bytes; the other one ends at a zero byte, or where nothing can be
/// read any more, and `limit` + 1 bytes are taken, so that it shows whether it goes on.
bool Run::put_text(Address from, std::uint64_t limit, bool counted) {
  const auto to = room(counted ? limit : limit + 1);
  const std::size_t got = to.empty() ? 0 : scene_.read(from, to);
  const bool enough = counted ? got == to.size() : got > 0;
  if (!enough && out_) {
    out_->resize(out_->size() - to.size() - ItemHead::bytes);
    return unreadable(from + got);
  }
  const auto end = counted
                       ? to.begin() + static_cast<std::ptrdiff_t>(got)
                       : std::find(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(got), 0);
  return keep(to, static_cast<std::size_t>(end - to.begin()));
}

}  // namespace

void capture(const Program& program, Scene& scene, std::vector<std::uint8_t>& out) {
  (void)Run(program, scene, &out).to_end();
}

bool holds(const Program& condition, Scene& scene) {
  if (condition.empty()) return true;
  return Run(condition, scene, nullptr).to_end().value_or(0) != 0;
}

}  // namespace sidestep::core
