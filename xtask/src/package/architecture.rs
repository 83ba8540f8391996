//! The two processors that Lambda has, and what each is called elsewhere.

use object::elf::{EM_AARCH64, EM_X86_64, Machine};

/// A processor that a function is built for: a value of the template's parameter `Architecture`.
/// (AWS Lambda Developer Guide, "Selecting and configuring an instruction set architecture")
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Architecture {
    /// AWS Graviton.
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86_64,
}

impl Architecture {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Arm64, Self::X86_64];

    /// What AWS and the template call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// What Rust calls it, with the system around it.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }

    /// What an ELF file calls it.
    pub(crate) fn machine(self) -> Machine {
        match self {
            Self::Arm64 => EM_AARCH64,
            Self::X86_64 => EM_X86_64,
        }
    }

    /// Where glibc's dynamic loader is on such a machine.
    /// (System V ABI, AMD64 supplement, "Program Interpreter"; glibc, `sysdeps/unix/sysv/linux/aarch64`)
    pub(crate) fn loader(self) -> &'static str {
        match self {
            Self::Arm64 => "/lib/ld-linux-aarch64.so.1",
            Self::X86_64 => "/lib64/ld-linux-x86-64.so.2",
        }
    }
}
