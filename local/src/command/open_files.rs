//! How many files this process may have open: as many as the system lets it. Each connection takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit, often 1,024, to the hard one. The functions' processes inherit it.
pub(super) fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(
            soft = limit.current,
            hard = limit.maximum,
            "the limit of open files cannot be raised: {error}"
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
        let lower = limit.maximum.map_or(1 << 20, |maximum| maximum - 1);
        setrlimit(Resource::Nofile, Rlimit { current: Some(lower), ..limit }).unwrap();
        allow_many();
        assert_eq!(getrlimit(Resource::Nofile).current, limit.maximum);
    }
}
