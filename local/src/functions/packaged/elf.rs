//! What a program is built for, by the head of its file.

use crate::template::Architecture;

/// How many bytes of the file are looked at: up to and with `e_machine`.
/// (System V Application Binary Interface, "ELF Header"; elf(5))
pub(super) const HEAD_BYTES: usize = 20;

/// What `e_machine` is for the two architectures of Lambda. (elf.h: `EM_X86_64`, `EM_AARCH64`)
const X86_64: u16 = 62;
const AARCH64: u16 = 183;

/// What a program is built for; `None` for what is no ELF program of 64 bits and little endian, or is for
/// another machine.
pub(super) fn architecture(head: &[u8]) -> Option<Architecture> {
    let head: &[u8; HEAD_BYTES] = head.try_into().ok()?;
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    match u16::from_le_bytes([head[18], head[19]]) {
        X86_64 => Some(Architecture::X86_64),
        AARCH64 => Some(Architecture::Arm64),
        _ => None,
    }
}
