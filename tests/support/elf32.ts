/**
 * Returns a minimal 32-bit ELF executable for x86, which waits for signals in a loop.
 *
 * It is assembled here because the compiler of a 64-bit system may lack the 32-bit C library.
 */
export function waitingElf32(): Uint8Array {
  const ADDRESS = 0x08048000;
  const HEADERS = 52 + 32;
  // mov eax, 29 (pause); int 0x80; jmp back.
  const code = [0xb8, 29, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7];
  const bytes = new Uint8Array(HEADERS + code.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const half = (at: number, value: number) => view.setUint16(at, value, true);
  const word = (at: number, value: number) => view.setUint32(at, value, true);
  half(16, 2); // e_type: ET_EXEC
  half(18, 3); // e_machine: EM_386
  word(20, 1); // e_version
  word(24, ADDRESS + HEADERS); // e_entry
  word(28, 52); // e_phoff
  half(40, 52); // e_ehsize
  half(42, 32); // e_phentsize
  half(44, 1); // e_phnum
  word(52, 1); // p_type: PT_LOAD
  word(56, 0); // p_offset
  word(60, ADDRESS); // p_vaddr
  word(64, ADDRESS); // p_paddr
  word(68, bytes.length); // p_filesz
  word(72, bytes.length); // p_memsz
  word(76, 5); // p_flags: R and X
  word(80, 0x1000); // p_align
  bytes.set(code, HEADERS);
  return bytes;
}
