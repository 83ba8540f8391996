//! What whoever watches is told of each handshake, and what never. That a refusal is told in the words of its line in the
//! log is held for each rule by `troubleshooting`.

mod crowd;
mod order;
mod secrets;
mod unanswered;
