//! The lines that are written, and how.

use std::io;
use std::sync::{Arc, Mutex};

use super::*;
use crate::captured_log::CapturedLog;
use crate::counted::Counted;

const AT: i64 = 1_767_323_045_678;

fn variables(name: Option<&str>) -> Variables<impl Fn(&str) -> Option<String>> {
    Variables::new(move |variable| {
        name.filter(|_| variable == FUNCTION_NAME_VARIABLE).map(str::to_owned)
    })
}

fn metrics<W: Write>(writer: W) -> Metrics<W> {
    Metrics::new(&variables(Some("connect")), writer).expect("the name is good")
}

/// The metric becomes this line.
#[track_caller]
fn check(metric: Metric, expected: &str) {
    let lines = CapturedLog::default();
    metrics(lines.clone()).count(metric, AT);
    assert_eq!(lines.text(), format!("{expected}\n"));
    let counted = Counted::read(expected);
    assert_eq!(
        (counted.metric.as_str(), counted.reason.as_deref()),
        (metric.name(), metric.reason())
    );
    assert_eq!((counted.function_name.as_str(), counted.at), ("connect", AT));
}

#[track_caller]
fn check_name(name: Option<&str>, expected: Result<(), &str>) {
    let made = Metrics::new(&variables(name), io::sink()).map(drop);
    let made = made.map_err(|error| crate::chain(&error).to_string());
    assert_eq!(made, expected.map_err(str::to_owned));
}

#[test]
fn a_line_has_the_embedded_metric_format() {
    check(
        Metric::Connected,
        r#"{"_aws":{"Timestamp":1767323045678,"CloudWatchMetrics":[{"Namespace":"Countersign","Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Connected","Unit":"Count"}]}]},"FunctionName":"connect","Connected":1}"#,
    );
    check(
        Metric::Refused { reason: "nonce_spent" },
        r#"{"_aws":{"Timestamp":1767323045678,"CloudWatchMetrics":[{"Namespace":"Countersign","Dimensions":[["FunctionName"],["FunctionName","Reason"]],"Metrics":[{"Name":"Refused","Unit":"Count"}]}]},"FunctionName":"connect","Reason":"nonce_spent","Refused":1}"#,
    );
}

#[test]
fn every_metric_counts_once_under_its_name() {
    let all = [
        Metric::Signed,
        Metric::Refused { reason: "url_expired" },
        Metric::Connected,
        Metric::Echoed,
        Metric::Gone,
        Metric::Disconnected,
    ];
    let lines = CapturedLog::default();
    let metrics = metrics(lines.clone());
    for metric in all {
        metrics.count(metric, AT);
    }
    let counted = Counted::read_all(&lines.text());
    let counted: Vec<_> = counted.iter().map(Counted::what).collect();
    let expected = ["Signed", "Refused url_expired", "Connected", "Echoed", "Gone", "Disconnected"];
    assert_eq!(counted, expected);
}

#[test]
fn the_name_is_one_that_a_dimension_can_have() {
    let longest = "a".repeat(MAXIMUM_DIMENSION_VALUE);
    check_name(Some("countersign-ConnectFunction-1AbC"), Ok(()));
    check_name(Some(&longest), Ok(()));
    let expected = "expected 1 to 1,024 printable ASCII characters, not only spaces";
    check_name(None, Err(&format!("AWS_LAMBDA_FUNCTION_NAME is not set, {expected}")));
    for (name, reason) in [
        ("", "it is empty"),
        (" ", "it is empty"),
        (&*format!("{longest}a"), "it is longer"),
        ("\u{e4}", "it has another character"),
        ("a\tb", "it has another character"),
    ] {
        let error = format!("AWS_LAMBDA_FUNCTION_NAME is {name:?}, {expected}: {reason}");
        check_name(Some(name), Err(&error));
    }
}

/// Takes note of what is written, and fails after so many writes.
struct Counting {
    writes: Arc<Mutex<Vec<Vec<u8>>>>,
    good: usize,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut writes = self.writes.lock().expect("no test panicked");
        writes.push(bytes.to_owned());
        match writes.len() <= self.good {
            true => Ok(bytes.len()),
            false => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_is_one_write() {
    let writes = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let metrics = metrics(Counting { writes: writes.clone(), good: usize::MAX });
    for _ in 0..3 {
        metrics.count(Metric::Echoed, AT);
    }
    let writes = writes.lock().expect("no test panicked");
    assert_eq!(writes.len(), 3);
    assert!(writes.iter().all(|write| *write == writes[0] && write.ends_with(b"}\n")));
}

#[test]
fn what_cannot_be_written_fails_nothing_and_is_said_once() {
    let writes = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let metrics = metrics(Counting { writes: writes.clone(), good: 1 });
    let log = CapturedLog::default();
    let _capture = log.capture();
    for _ in 0..4 {
        metrics.count(Metric::Echoed, AT);
    }
    assert_eq!(writes.lock().expect("no test panicked").len(), 4, "each is tried");
    let text = log.text();
    assert_eq!(text.matches("metrics cannot be written").count(), 1, "{text}");
    assert!(text.contains("WARN") && text.contains("broken pipe"), "{text}");
}
