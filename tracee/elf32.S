// elf32 (no arguments): a static 32-bit program, made without a 32-bit compiler or library.
// Exercises: being become by a program that is traced. It calls its own `target` a while.
// Prints: from32=1. Exit status 32, if its count was right.
  .code32
  .text
  .globl target
  .type target, @function
target:
  lea 1(%edi), %edi
  ret
  .size target, . - target

  .globl _start
_start:
  xor %edi, %edi
1:
  call target
  cmp $20000, %edi
  jb 1b
  mov $4, %eax  // write
  mov $1, %ebx
  mov $said, %ecx
  mov $9, %edx
  int $0x80
  xor %ebx, %ebx
  cmp $20000, %edi
  jne 2f
  mov $32, %ebx
2:
  mov $1, %eax  // exit
  int $0x80

  .section .rodata
said: .ascii "from32=1\n"
  .section .note.GNU-stack, "", @progbits
