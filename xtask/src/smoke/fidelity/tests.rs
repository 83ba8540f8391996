//! Every likely or unknown row of `docs/fidelity.md` is settled by an observation, or cannot be.

use std::collections::BTreeSet;

use super::unsettled::UNSETTLED;
use super::*;

fn open_rows() -> BTreeSet<&'static str> {
    let open = written().into_iter().filter(|row| row.mark != "certain");
    open.map(|row| row.behaviour).collect()
}

#[test]
fn a_first_cell_names_one_row() {
    let open = written().into_iter().filter(|row| row.mark != "certain").count();
    assert_eq!(open_rows().len(), open);
    assert!(open > 50, "only {open} rows were found");
}

#[test]
fn every_likely_or_unknown_row_is_settled_or_cannot_be() {
    let settled: BTreeSet<_> = Row::ALL.iter().map(|row| row.behaviour()).collect();
    let unsettled: BTreeSet<_> = UNSETTLED.iter().map(|(row, _)| *row).collect();
    assert_eq!(unsettled.len(), UNSETTLED.len(), "one is listed twice");
    let both: Vec<_> = settled.intersection(&unsettled).collect();
    assert!(both.is_empty(), "listed as settled and as unsettled: {both:#?}");
    let listed: BTreeSet<_> = settled.union(&unsettled).copied().collect();
    let missing: Vec<_> = open_rows().difference(&listed).copied().collect();
    assert!(missing.is_empty(), "neither in Row nor in UNSETTLED: {missing:#?}");
    let strange: Vec<_> = listed.difference(&open_rows()).copied().collect();
    assert!(strange.is_empty(), "no likely or unknown row of docs/fidelity.md: {strange:#?}");
}

#[test]
fn each_that_cannot_be_settled_has_its_reason() {
    for (row, reason) in UNSETTLED {
        assert!(!reason.is_empty(), "{row}");
    }
}
