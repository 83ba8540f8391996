//! Traps of encoding: what clients rewrite, and what signers and API Gateway may read in two ways. Each may be
//! harmless, since the canonical form makes many spellings equal.

use std::collections::BTreeSet;

use sigv4_verify::percent::{decode, recode};

use super::address::Address;
use super::mask;
use super::report::{Check, Status};

const NAME: &str = "nothing is encoded in a way that can be read otherwise";

/// What a browser percent-encodes in a WebSocket's query. (WHATWG URL Standard, "special-query percent-encode
/// set"; beside it all that is not ASCII)
const REWRITTEN: [char; 4] = ['"', '<', '>', '\''];

/// Every trap that the URL has, or one check that it has none.
pub(super) fn checks(address: &Address<'_>) -> Vec<Check> {
    let warn = |detail: String| Check::other(NAME, Status::Warning, detail);
    let mut checks: Vec<_> = of_path(address.path()).into_iter().map(warn).collect();
    checks.extend(of_query(address.query()).into_iter().map(warn));
    if checks.is_empty() {
        checks.push(Check::other(NAME, Status::Ok, ""));
    }
    checks
}

fn of_path(path: &str) -> Vec<String> {
    let mut traps = Vec::new();
    let lower = path.to_ascii_lowercase();
    if lower.contains("%24default") {
        traps.push(
            "the path has /%24default: it counts byte for byte, and /$default is another"
                .to_owned(),
        );
    } else if path.contains('%') {
        traps.push(
            "the path has a %: it counts byte for byte, so no client may decode it".to_owned(),
        );
    }
    if path.contains("//") || path.split('/').any(|segment| [".", ".."].contains(&segment)) {
        traps.push("the path has //, . or ..: some clients and signers resolve them".to_owned());
    }
    if !path.is_ascii() || path.contains(REWRITTEN) {
        traps.push("the path has characters that clients percent-encode on the way".to_owned());
    }
    traps
}

/// A trap of a parameter's text: whether it has it, and what that means.
type Trap = (fn(&str) -> bool, &'static str);

const TRAPS: [Trap; 5] = [
    (|text| text.contains('+'), "a + is read as a space: write %20, or %2B for a plus"),
    (|text| text.contains('\\'), "it has a backslash: write %5C, if it is the value's own"),
    (is_encoded_twice, "it looks encoded twice: decoded once, it still has escapes"),
    (
        |text| text.contains(REWRITTEN) || !text.is_ascii(),
        "browsers percent-encode ', \", <, > and what is not ASCII: the signature is the same, other clients may fail",
    ),
    (
        |text| {
            recode(text).is_ok()
                && escapes(text).any(|escape| escape.bytes().any(|byte| byte.is_ascii_lowercase()))
        },
        "its escapes are in lower case: the signature is the same, if the signer wrote upper case",
    ),
];

fn of_query(query: &str) -> Vec<String> {
    let mut traps = Vec::new();
    for (has, meaning) in TRAPS {
        let names: BTreeSet<_> =
            query.split('&').filter(|pair| has(pair)).map(parameter_name).collect();
        if !names.is_empty() {
            let names: Vec<_> = names.into_iter().collect();
            traps.push(format!("{}: {meaning}", names.join(", ")));
        }
    }
    traps
}

/// The name as it stands, fit to be shown.
fn parameter_name(pair: &str) -> String {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    mask::text(name)
}

fn is_encoded_twice(pair: &str) -> bool {
    // A % of its own, as in 100%, is %25 before something else.
    let once = decode(pair);
    pair.contains("%25") && escapes(&once).next().is_some()
}

/// The two digits of each escape.
fn escapes(text: &str) -> impl Iterator<Item = &str> {
    let digits = |at: usize| {
        let digits = text.get(at + 1..at + 3)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)
    };
    text.match_indices('%').filter_map(move |(at, _)| digits(at))
}
