//! How many files this process may have open: as many as Linux lets it, which always sets a figure. Each connection
//! takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit, often 1,024, to the hard one. The functions' processes have a limit of their own.
pub(super) fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(
            soft = limit.current,
            hard = limit.maximum,
            %error,
            "the limit of open files cannot be raised"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let limit = getrlimit(Resource::Nofile);
        // Other tests run in this process: they lose one file of all that there may be.
        let lower = limit.maximum.expect("a figure") - 1;
        setrlimit(Resource::Nofile, Rlimit { current: Some(lower), ..limit }).unwrap();
        allow_many();
        assert_eq!(getrlimit(Resource::Nofile).current, limit.maximum);
    }
}
