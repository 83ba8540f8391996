//! What can be measured, and what each measurement needs.

/// An area: a module of the package `bench`, which has it by the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Area {
    /// Signing one URL, and verifying it
    Signing,
    /// The zips
    Size,
    /// Each Lambda, cold and warm
    Functions,
    /// One machine under load: handshakes, echoes, memory
    Gateway,
}

/// What is built or installed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The functions, as they are shipped, and their zips.
    Functions,
    /// `countersign`, and what it is measured against.
    Gateways,
    /// The benchmarks that criterion runs.
    Criterion,
    /// The functions in Node.js.
    Node,
    /// serverless-offline, which is large.
    ServerlessOffline,
    /// The signers of npm.
    Signers,
    /// Python with botocore.
    Python,
}

impl Area {
    /// In the order in which they are measured.
    pub(crate) const ALL: [Self; 4] = [Self::Signing, Self::Size, Self::Functions, Self::Gateway];

    /// What the package `bench` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Size => "size",
            Self::Functions => "functions",
            Self::Gateway => "gateway",
        }
    }

    /// What it cannot do without, or only in part.
    pub(crate) fn needs(self) -> &'static [Need] {
        match self {
            Self::Signing => &[Need::Criterion, Need::Signers, Need::Python],
            Self::Size => &[Need::Functions],
            Self::Functions => &[Need::Functions, Need::Node],
            Self::Gateway => {
                &[Need::Functions, Need::Gateways, Need::Node, Need::ServerlessOffline]
            }
        }
    }
}
