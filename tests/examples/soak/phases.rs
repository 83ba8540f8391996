//! Which faults are switched on, and what each may bring about.

use local::faults::Armed;

/// What becomes of a message, a handshake or a row that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// API Gateway told that the message's function failed.
    ErrorFrame,
    /// The connection was cut before its message was answered.
    Cut,
    /// Nothing came in answer to a message.
    Lost,
    /// Something came that is no answer to the message. No fault may cause it.
    Unexpected,
    /// A handshake was refused, and tried again.
    Refusal,
    /// A row stays to its time to live.
    Row,
}

/// Some rounds with the same faults.
pub(crate) struct Phase {
    /// What is switched on.
    pub(crate) troubles: &'static [Trouble],
    /// Whether some clients leave and come again at its start.
    pub(crate) handshakes: Handshakes,
}

/// A fault as the command line has it, and what one strike of it may cause once.
pub(crate) struct Trouble {
    text: &'static str,
    may_cause: &'static [Effect],
}

#[derive(PartialEq, Eq)]
pub(crate) enum Handshakes {
    None,
    ATenth,
}

impl Trouble {
    /// The fault, and how often it is to strike.
    pub(crate) fn armed(&self) -> Armed {
        self.text.parse().unwrap()
    }

    /// Whether a strike may cause this.
    pub(crate) fn may_cause(&self, effect: Effect) -> bool {
        self.may_cause.contains(&effect)
    }
}

const fn phase(troubles: &'static [Trouble]) -> Phase {
    Phase { troubles, handshakes: Handshakes::None }
}

const fn trouble(text: &'static str, may_cause: &'static [Effect]) -> Trouble {
    Trouble { text, may_cause }
}

/// Each fault is there once: what it has struck is its phase's.
pub(crate) const PHASES: [Phase; 10] = [
    phase(&[]),
    phase(&[trouble("dynamodb:GetItem=slow:300ms,200", &[])]),
    phase(&[trouble("dynamodb=throttled,300", &[Effect::ErrorFrame])]),
    phase(&[trouble("dynamodb:GetItem=answer-lost,100", &[Effect::ErrorFrame])]),
    phase(&[trouble("dynamodb:GetItem=failing,300", &[Effect::ErrorFrame])]),
    phase(&[trouble("connections:POST=throttled,100", &[Effect::ErrorFrame])]),
    phase(&[trouble("function:DefaultFunction=killed,20", &[Effect::ErrorFrame])]),
    phase(&[trouble("connections:POST=gone,20", &[Effect::Lost])]),
    phase(&[
        trouble("socket=cut,50", &[Effect::Cut]),
        trouble("disconnect=lost,25", &[Effect::Row]),
    ]),
    Phase {
        troubles: &[
            trouble("dynamodb:TransactWriteItems=conflict,30", &[Effect::Refusal]),
            trouble("dynamodb:TransactWriteItems=answer-lost,20", &[Effect::Refusal]),
            trouble("function:ConnectFunction=killed,10", &[Effect::Refusal]),
            trouble("function:ConnectFunction=answer-lost,10", &[Effect::Refusal, Effect::Row]),
            trouble("function:DisconnectFunction=killed,10", &[Effect::Row]),
        ],
        handshakes: Handshakes::ATenth,
    },
];
