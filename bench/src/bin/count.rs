//! Signs or verifies so many URLs and nothing else, for counting instructions: `count sign 100`.

use std::hint::black_box;
use std::time::SystemTime;

use bench::signing::case::{Case, HOST};
use bench::signing::floor::Floor;
use bench::signing::{bare, ours};
use clap::{Parser, ValueEnum};

#[derive(Parser)]
struct Arguments {
    /// What is done.
    what: What,
    /// How often.
    times: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Our signer signs.
    Sign,
    /// `aws-sigv4` signs, called without us.
    Bare,
    /// The floor signs.
    FloorSign,
    /// Our verifier verifies.
    Verify,
    /// The floor verifies.
    FloorVerify,
}

fn main() {
    let Arguments { what, times } = Arguments::parse();
    let case = Case::usual();
    let floor = Floor::new(&case);
    let url = floor.presigned_url(&case.parameters);
    let target = ours::target(&url);
    let now: SystemTime = Case::time();
    for _ in 0..times {
        let case = black_box(&case);
        let target = black_box(target);
        match what {
            What::Sign => drop(black_box(ours::presigned_url(case))),
            What::Bare => drop(black_box(bare::presigned_url(case))),
            What::FloorSign => drop(black_box(floor.presigned_url(&case.parameters))),
            What::Verify => {
                let verdict = ours::verdict(target, &case.credentials);
                assert!(black_box(verdict).is_ok(), "the URL is signed");
            }
            What::FloorVerify => {
                assert!(black_box(floor.accepts(target, HOST, now)), "the URL is signed");
            }
        }
    }
}
