//! Signing one URL: ours, `aws-sigv4` by itself, the floor; and how ours grows.

use std::hint::black_box;

use bench::signing::case::{Case, Growth, STEPS};
use bench::signing::floor::Floor;
use bench::signing::{bare, ours};
use criterion::{BenchmarkId, Criterion, SamplingMode};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let case = Case::usual();
    let floor = Floor::new(&case);
    let mut group = criterion.benchmark_group("sign");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| ours::presigned_url(black_box(&case)));
    });
    group.bench_function("bare", |bencher| {
        bencher.iter(|| bare::presigned_url(black_box(&case)));
    });
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor.presigned_url(black_box(&case.parameters)));
    });
    group.finish();
    for growth in Growth::ALL {
        let mut group = criterion.benchmark_group(format!("sign-{}", growth.name()));
        for times in STEPS {
            let case = Case::grown(growth, times);
            group.bench_with_input(BenchmarkId::from_parameter(times), &case, |bencher, case| {
                bencher.iter(|| ours::presigned_url(case));
            });
        }
    }
    criterion.final_summary();
}
