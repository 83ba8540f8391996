//! The cold start: from the start of a process to its first answer, in fresh processes.

use std::time::Duration;

use super::events::Work;
use super::process::Process;
use super::variant::{Form, Stage, Variant, has_node};
use crate::Error;
use crate::percentile::median;
use crate::report::{Figure, Goal, Row, Table, Wanted};
use crate::workplace::Effort;

/// sign-fn to the empty function, when it need not assume its role.
const SIGN_TO_EMPTY: f64 = 1.5;
/// ws-connect to the empty function.
const CONNECT_TO_EMPTY: f64 = 3.0;
/// Node.js to ours.
const NODE_TO_OURS: f64 = 20.0;
/// Of each of ours, resident.
const MEMORY: u64 = 12_000_000;

/// What was seen of one variant, a figure for each of its processes.
struct Seen {
    variant: Variant,
    start: Vec<Duration>,
    first: Vec<Duration>,
    second: Vec<Duration>,
    whole: Vec<Duration>,
    /// Start and second invocation.
    whole_by_second: Vec<Duration>,
    cpu: Vec<Duration>,
    cpu_by_second: Vec<Duration>,
    resident: Vec<u64>,
}

pub(super) fn table(stage: &Stage<'_>, progress: &mut dyn FnMut(&str)) -> Result<Table, Error> {
    let rounds = match stage.workplace.effort {
        Effort::Full => 40,
        Effort::Quick => 5,
    };
    let mut missing = Vec::new();
    let mut all: Vec<Seen> = variants(stage, &mut missing).map(Seen::new).collect();
    let mut number = 0;
    for round in 1..=rounds {
        progress(&format!("cold start: fresh processes, {round} of {rounds}"));
        // None always comes behind the same other one, whose caches it finds.
        let middle = round % all.len();
        let (head, tail) = all.split_at_mut(middle);
        let mut failed = Vec::new();
        for seen in tail.iter_mut().chain(head) {
            match seen.once_more(stage, &mut number) {
                Err(error) if seen.variant.form.is_of_node() => {
                    missing.push(error.to_string());
                    failed.push(seen.variant);
                }
                other => other?,
            }
        }
        all.retain(|seen| !failed.contains(&seen.variant));
    }
    Ok(Table {
        title: "Cold start of each function".to_owned(),
        how: format!(
            "{rounds} fresh processes of each, one of each in turn, alone on one CPU; the Runtime API and an AWS that \
             answers at once, over TLS, are on another. Medians. The whole path is the time from the start of the \
             process to its first question for an invocation, and that from its first event to its answer. A function \
             that calls AWS reads {} root certificates first. sign-fn assumes its role in the first invocation; *role \
             assumed* is the start with the second invocation of the same process, and is held against the same of \
             the empty function. That leaves out what a first invocation does once beside assuming the role, of which \
             the empty function has little; the row *sign-fn* has all of it, with the call: a process that need not \
             assume its role lies between the two. CPU and memory are those of the process after the invocation.",
            stage.trust.roots
        ),
        columns: [
            "",
            "to the first `next`",
            "invocation",
            "whole path",
            "CPU",
            "resident",
            "to empty",
        ]
        .map(str::to_owned)
        .into(),
        rows: rows(&all),
        goals: goals(&all),
        missing,
    })
}

fn variants(stage: &Stage<'_>, missing: &mut Vec<String>) -> impl Iterator<Item = Variant> + use<> {
    let mut variants = vec![Variant { form: Form::Empty, work: Work::USUAL[0] }];
    variants.extend(Work::USUAL.map(|work| Variant { form: Form::Ours, work }));
    let calling = Work::USUAL.into_iter().filter(|work| !matches!(work, Work::Sign { .. }));
    variants.extend(calling.map(|work| Variant { form: Form::BareCalls, work }));
    match has_node(stage.workplace) {
        Ok(_) => {
            variants.push(Variant { form: Form::EmptyNode, work: Work::USUAL[0] });
            for form in [Form::Node, Form::BundledNode] {
                variants.extend(Work::USUAL.map(|work| Variant { form, work }));
            }
        }
        Err(reason) => missing.push(format!("the functions in Node.js: {reason}")),
    }
    variants.into_iter()
}

impl Seen {
    fn new(variant: Variant) -> Self {
        Self {
            variant,
            start: Vec::new(),
            first: Vec::new(),
            second: Vec::new(),
            whole: Vec::new(),
            whole_by_second: Vec::new(),
            cpu: Vec::new(),
            cpu_by_second: Vec::new(),
            resident: Vec::new(),
        }
    }

    fn once_more(&mut self, stage: &Stage<'_>, number: &mut u64) -> Result<(), Error> {
        stage.aws.take_calls();
        let mut process = Process::start(&self.variant.launch(stage)?, stage.processor)
            .map_err(|error| format!("{}: {error}", self.variant.name()))?;
        let cpu_of_start = process.cpu_time()?;
        let first = self.took(&mut process, number)?;
        let cpu = process.cpu_time()?;
        let memory = process.memory()?;
        let second = self.took(&mut process, number)?;
        let cpu_of_second = process.cpu_time()?.saturating_sub(cpu);
        self.variant.check_calls(2, &stage.aws.take_calls())?;
        self.start.push(process.start);
        self.first.push(first);
        self.second.push(second);
        self.whole.push(process.start + first);
        self.whole_by_second.push(process.start + second);
        self.cpu.push(cpu);
        self.cpu_by_second.push(cpu_of_start + cpu_of_second);
        self.resident.push(memory.resident);
        Ok(())
    }

    fn took(&self, process: &mut Process, number: &mut u64) -> Result<Duration, Error> {
        let answers = self
            .variant
            .invoke(process, 1, number)
            .map_err(|error| format!("{}: {error}", self.variant.name()))?;
        Ok(answers.iter().map(|answered| answered.took).sum())
    }

    fn resident(&self) -> u64 {
        median(self.resident.iter().copied())
    }
}

fn rows(all: &[Seen]) -> Vec<Row> {
    let empty = find(all, Form::Empty, Work::USUAL[0]);
    let row = |seen: &Seen| Row {
        name: seen.variant.name(),
        figures: vec![
            time(&seen.start),
            time(&seen.first),
            time(&seen.whole),
            time(&seen.cpu),
            Figure::Bytes(seen.resident()),
            empty.map_or(Figure::Nothing, |empty| time(&seen.whole).over(time(&empty.whole))),
        ],
    };
    let row_by_second = |seen: &Seen, what: &str| Row {
        name: format!("{}, {what}", seen.variant.name()),
        figures: vec![
            time(&seen.start),
            time(&seen.second),
            time(&seen.whole_by_second),
            time(&seen.cpu_by_second),
            Figure::Nothing,
            empty.map_or(Figure::Nothing, |empty| {
                time(&seen.whole_by_second).over(time(&empty.whole_by_second))
            }),
        ],
    };
    all.iter()
        .flat_map(|seen| {
            let second = match (seen.variant.form, seen.variant.work) {
                (Form::Empty, _) => Some("second invocation"),
                (Form::Ours | Form::BundledNode, Work::Sign { .. }) => Some("role assumed"),
                _ => None,
            };
            [Some(row(seen)), second.map(|what| row_by_second(seen, what))].into_iter().flatten()
        })
        .collect()
}

fn goals(all: &[Seen]) -> Vec<Goal> {
    let [sign, connect, ..] = Work::USUAL;
    let seen =
        |form, work, of: fn(&Seen) -> Figure| find(all, form, work).map_or(Figure::Nothing, of);
    let whole: fn(&Seen) -> Figure = |seen| time(&seen.whole);
    let by_second: fn(&Seen) -> Figure = |seen| time(&seen.whole_by_second);
    let mut goals = vec![
        Goal {
            what: "sign-fn, role assumed, to the empty function, whole cold path".to_owned(),
            wanted: Wanted::AtMost(Figure::Times(SIGN_TO_EMPTY)),
            reached: seen(Form::Ours, sign, by_second).over(seen(Form::Empty, sign, by_second)),
        },
        Goal {
            what: "ws-connect to the empty function, whole cold path".to_owned(),
            wanted: Wanted::AtMost(Figure::Times(CONNECT_TO_EMPTY)),
            reached: seen(Form::Ours, connect, whole).over(seen(Form::Empty, sign, whole)),
        },
    ];
    for work in Work::USUAL {
        let name = |form| Variant { form, work }.name();
        goals.push(Goal {
            what: format!("{} to ours, whole cold path", name(Form::BundledNode)),
            wanted: Wanted::AtLeast(Figure::Times(NODE_TO_OURS)),
            reached: seen(Form::BundledNode, work, whole).over(seen(Form::Ours, work, whole)),
        });
        goals.push(Goal {
            what: format!("{}, resident after its first invocation", name(Form::Ours)),
            wanted: Wanted::AtMost(Figure::Bytes(MEMORY)),
            reached: seen(Form::Ours, work, |seen| Figure::Bytes(seen.resident())),
        });
    }
    goals
}

fn find(all: &[Seen], form: Form, work: Work) -> Option<&Seen> {
    all.iter().find(|seen| seen.variant == Variant { form, work })
}

fn time(figures: &[Duration]) -> Figure {
    Figure::Time(median(figures.iter().copied()))
}
