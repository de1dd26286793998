// What a probe wants to see of a stopped thread, compiled: a program for a small stack machine.
// Made when a site is armed (by src/symbols, from types and debug information), run at each arrival
// by the tracing thread (core/evaluate.hpp). It reads registers and memory, changes nothing, always
// ends (jumps go forward only), and needs no allocation.
//
// A program yields items: runs of bytes that are copied while the thread is stopped. What they mean
// is a Shape (core/shape.hpp), which is used later, on the output side. A condition yields no items
// but a number, on top of the stack when it ends; 0 is false.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sidestep::core {

/// Values on the stack are 64 bits wide; registers have their DWARF numbers (System V AMD64 psABI,
/// figure 3.36: 0 rax, 1 rdx, 2 rcx, 3 rbx, 4 rsi, 5 rdi, 6 rbp, 7 rsp, 8-15, 17-32 xmm0-15, 33
/// st0).
struct Op {
  enum class Code : std::uint8_t {
    Item,  ///< an item begins: the stack is emptied. If it fails, the program goes on at `number`

    Constant,  ///< push `number`
    Register,  ///< push general register `index`
    Vector,    ///< push `size` bytes of register `index` (xmm), from byte `number` on
    ThreadId,  ///< push
    Latency,   ///< push: ns from entry to return; only at a return
    NetTime,   ///< the same, less the time for which we kept the thread stopped
    Load,      ///< pop an address, push the `size` bytes there, zero-extended

    SignExtend,  ///< of the lowest `size` bytes
    ZeroExtend,
    Add,
    Subtract,
    Multiply,
    DivideSigned,
    DivideUnsigned,
    RemainderSigned,
    RemainderUnsigned,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightSigned,
    Negate,
    Complement,
    Not,  ///< logical: 1 for 0, else 0
    Equal,
    NotEqual,
    LessSigned,  ///< 1 if the lower of the two is less than the top
    LessUnsigned,
    LessEqualSigned,
    LessEqualUnsigned,

    SingleToDouble,  ///< the lowest 4 bytes as a float; doubles lie on the stack as their bits
    SignedToDouble,
    UnsignedToDouble,
    DoubleToSigned,  ///< towards zero; what doesn't fit is the most negative number
    FloatAdd,
    FloatSubtract,
    FloatMultiply,
    FloatDivide,
    FloatNegate,
    FloatEqual,
    FloatLess,
    FloatLessEqual,

    Pick,  ///< push a copy of the value `index` below the top (0: the top)
    Swap,
    Drop,
    Jump,        ///< to `number`
    JumpIfZero,  ///< pop; to `number` if it was 0

    TextEqual,         ///< pop an address; 1 if the C string there is texts[index]
    CountedTextEqual,  ///< pop a length, then an address; likewise
    CommEqual,         ///< push 1 if the thread's name is texts[index]

    PutValue,    ///< pop; the item is its lowest `size` bytes
    PutVector,   ///< the item is the first `size` bytes of register `index` (xmm, st0)
    PutMemory,   ///< pop an address; the item is the `number` bytes there
    PutCounted,  ///< pop a count, then an address: that many times `size` bytes, `number` at most
    PutText,     ///< pop an address; the item is the C string there, `number` + 1 bytes at most
    PutCountedText,  ///< pop a length, then an address; likewise
    PutComm,         ///< the item is the thread's name
  };
  Code code = Code::Constant;
  std::uint8_t size = 0;
  std::uint16_t index = 0;
  std::uint64_t number = 0;
};

struct Program {
  std::vector<Op> ops;
  std::vector<std::string> texts;  ///< for TextEqual and its kin
  std::uint16_t items = 0;         ///< how many it yields, whatever happens

  bool empty() const { return ops.empty(); }
};

/// An item as it lies in a record: this, then `length` bytes.
struct ItemHead {
  enum class Status : std::uint8_t {
    Ok,
    Unreadable,  ///< the bytes are the address (8) that can't be read
    Undefined,   ///< division by zero
  };
  Status status = Status::Ok;
  std::uint32_t length = 0;

  static constexpr std::size_t bytes = 5;  ///< status, then length, little-endian
};

}  // namespace sidestep::core
