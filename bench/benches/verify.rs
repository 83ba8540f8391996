//! Verifying one URL: ours, and the floor; and how ours grows.

use std::hint::black_box;

use bench::signing::case::{Case, Growth, HOST, STEPS};
use bench::signing::floor::Floor;
use bench::signing::ours;
use criterion::{BenchmarkId, Criterion, SamplingMode};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let case = Case::usual();
    let floor = Floor::new(&case);
    let url = ours::presigned_url(&case);
    let target = ours::target(&url);
    assert!(ours::verdict(target, &case.credentials).is_ok(), "the URL is signed");
    assert!(floor.accepts(target, HOST, Case::time()), "the URL is signed");
    let mut group = criterion.benchmark_group("verify");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("ours", |bencher| {
        bencher.iter(|| ours::verdict(black_box(target), &case.credentials));
    });
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor.accepts(black_box(target), HOST, Case::time()));
    });
    group.finish();
    for growth in Growth::ALL {
        let mut group = criterion.benchmark_group(format!("verify-{}", growth.name()));
        for times in STEPS {
            let case = Case::grown(growth, times);
            let url = ours::presigned_url(&case);
            let target = ours::target(&url);
            group.bench_with_input(
                BenchmarkId::from_parameter(times),
                target,
                |bencher, target| {
                    bencher.iter(|| ours::verdict(target, &case.credentials));
                },
            );
        }
    }
    criterion.final_summary();
}
