//! The warm path: thousands of invocations of processes that have long started; and what they call of AWS.

use std::time::Duration;

use super::events::Work;
use super::played_aws::Calls;
use super::process::Process;
use super::variant::{Form, Stage, Variant, has_node};
use crate::Error;
use crate::percentile::Samples;
use crate::report::{Figure, Goal, Row, Table, Wanted};
use crate::workplace::Effort;

/// sign-fn to the empty function.
const SIGN_TO_EMPTY: f64 = 1.3;
/// ws-connect and ws-default to their AWS calls.
const TO_BARE_CALLS: f64 = 1.2;

/// A process, and what was seen of it since it is warm.
pub(super) struct Warm {
    pub(super) variant: Variant,
    process: Process,
    took: Vec<Duration>,
    cpu: Duration,
    invocations: u64,
    calls: Calls,
}

impl Warm {
    /// A process after so many invocations, of which nothing is kept but that they were good.
    pub(super) fn start(
        variant: Variant,
        invocations: usize,
        stage: &Stage<'_>,
        number: &mut u64,
    ) -> Result<Self, Error> {
        let process = Process::start(&variant.launch(stage)?, stage.processor)
            .map_err(|error| format!("{}: {error}", variant.name()))?;
        let calls = Calls::default();
        let mut warm =
            Self { variant, process, took: Vec::new(), cpu: Duration::ZERO, invocations: 0, calls };
        if invocations > 0 {
            warm.invoke(invocations, stage, number)?;
        }
        warm.forget();
        Ok(warm)
    }

    /// Keeps nothing of the times so far.
    pub(super) fn forget(&mut self) {
        self.took.clear();
        self.cpu = Duration::ZERO;
    }

    /// So many invocations more.
    pub(super) fn invoke(
        &mut self,
        count: usize,
        stage: &Stage<'_>,
        number: &mut u64,
    ) -> Result<(), Error> {
        stage.aws.take_calls();
        let before = self.process.cpu_time()?;
        let answers = self
            .variant
            .invoke(&mut self.process, count, number)
            .map_err(|error| format!("{}: {error}", self.variant.name()))?;
        self.cpu += self.process.cpu_time()?.saturating_sub(before);
        self.took.extend(answers.iter().map(|answered| answered.took));
        self.invocations += count as u64;
        let calls = stage.aws.take_calls();
        for (name, count) in calls.counts {
            *self.calls.counts.entry(name).or_default() += count;
        }
        self.calls.last_frame = calls.last_frame;
        self.variant.check_calls(self.invocations, &self.calls)
    }

    /// What half of the invocations took at most.
    pub(super) fn median(&self) -> Figure {
        self.percentile(50)
    }

    fn percentile(&self, percent: usize) -> Figure {
        let samples = Samples::new(self.took.clone());
        samples.map_or(Figure::Nothing, |samples| Figure::Time(samples.percentile(percent)))
    }

    /// The CPU time of one invocation, on average.
    pub(super) fn cpu(&self) -> Figure {
        let count = u32::try_from(self.took.len()).unwrap_or(u32::MAX);
        self.cpu.checked_div(count).map_or(Figure::Nothing, Figure::Time)
    }

    /// The memory of the process now.
    pub(super) fn resident(&self) -> Result<Figure, Error> {
        Ok(Figure::Bytes(self.process.memory()?.resident))
    }

    fn row(&self, all: &[Self]) -> Result<Row, Error> {
        let Variant { form, work } = self.variant;
        let bare = match form {
            Form::Ours | Form::BundledNode => find(all, Form::BareCalls, work),
            Form::Empty | Form::BareCalls | Form::Node | Form::EmptyNode => None,
        };
        let to = |other: Option<&Self>| {
            other.map_or(Figure::Nothing, |other| self.median().over(other.median()))
        };
        Ok(Row {
            name: self.variant.name(),
            figures: vec![
                self.median(),
                self.percentile(99),
                self.cpu(),
                self.resident()?,
                to(find(all, Form::Empty, Work::USUAL[0])),
                to(bare),
            ],
        })
    }
}

/// Two tables: how long invocations take, and how often they call DynamoDB.
pub(super) fn tables(
    stage: &Stage<'_>,
    progress: &mut dyn FnMut(&str),
) -> Result<[Table; 2], Error> {
    // Node.js has compiled what it runs often by then.
    let (before, rounds, burst) = match stage.workplace.effort {
        Effort::Full => (3_000, 100, 50),
        Effort::Quick => (100, 10, 20),
    };
    let mut missing = Vec::new();
    let mut number = 0;
    progress(&format!("warm path: {before} invocations of each, not counted"));
    let mut all = Vec::new();
    for variant in variants(stage, &mut missing) {
        match Warm::start(variant, before, stage, &mut number) {
            Err(error) if variant.form.is_of_node() => missing.push(error.to_string()),
            started => all.push(started?),
        }
    }
    progress(&format!("warm path: {} invocations of each", rounds * burst));
    for round in 0..rounds {
        // None always comes behind the same other one, whose caches it finds.
        let middle = round % all.len();
        let (head, tail) = all.split_at_mut(middle);
        for warm in tail.iter_mut().chain(head) {
            warm.invoke(burst, stage, &mut number)?;
        }
    }
    let rows = all.iter().map(|warm| warm.row(&all)).collect::<Result<_, _>>()?;
    let warm = Table {
        title: "Warm path of each function".to_owned(),
        how: format!(
            "{} invocations of a process of each after {before}, {burst} of each in turn, all on one CPU; the Runtime \
             API and an AWS that answers at once, over TLS, are on another. Time is that from the event to the answer; \
             CPU is that of the process. What AWS calls cost is measured by a function that makes the same ones with \
             the same clients, and nothing else.",
            rounds * burst
        ),
        columns: ["", "p50", "p99", "CPU", "resident", "p50 to empty", "p50 to its AWS calls"]
            .map(str::to_owned)
            .into(),
        rows,
        goals: goals(&all),
        missing: missing.clone(),
    };
    Ok([warm, calls(&all, missing)])
}

fn variants(stage: &Stage<'_>, missing: &mut Vec<String>) -> Vec<Variant> {
    let mut variants = vec![Variant { form: Form::Empty, work: Work::USUAL[0] }];
    let has_node = has_node(stage.workplace);
    for work in Work::USUAL {
        if !matches!(work, Work::Sign { .. }) {
            variants.push(Variant { form: Form::BareCalls, work });
        }
        variants.push(Variant { form: Form::Ours, work });
        if has_node.is_ok() {
            variants.push(Variant { form: Form::BundledNode, work });
        }
    }
    missing.extend(has_node.err().map(|reason| format!("the functions in Node.js: {reason}")));
    variants
}

fn goals(all: &[Warm]) -> Vec<Goal> {
    let [sign, connect, message, _] = Work::USUAL;
    let median = |form, work| find(all, form, work).map_or(Figure::Nothing, Warm::median);
    let goal = |work, other, other_work, what: &str, limit| Goal {
        what: format!("{} to {what}, p50", Variant { form: Form::Ours, work }.name()),
        wanted: Wanted::AtMost(Figure::Times(limit)),
        reached: median(Form::Ours, work).over(median(other, other_work)),
    };
    vec![
        goal(sign, Form::Empty, sign, "the empty function", SIGN_TO_EMPTY),
        goal(connect, Form::BareCalls, connect, "its AWS calls", TO_BARE_CALLS),
        goal(message, Form::BareCalls, message, "its AWS calls", TO_BARE_CALLS),
    ]
}

fn calls(all: &[Warm], missing: Vec<String>) -> Table {
    let works = [
        (Work::USUAL[1], "a connect"),
        (Work::USUAL[2], "a message"),
        (Work::USUAL[3], "a disconnect"),
    ];
    let per_invocation = |form, work| {
        find(all, form, work).map_or(Figure::Nothing, |warm| {
            // What each has made was checked to be the same for all invocations.
            Figure::Count(warm.calls.to_dynamodb() / warm.invocations.max(1))
        })
    };
    let row = |form, name: &str| Row {
        name: name.to_owned(),
        figures: works.iter().map(|(work, _)| per_invocation(form, *work)).collect(),
    };
    let mut rows = vec![row(Form::Ours, "ours")];
    if missing.is_empty() {
        rows.push(row(Form::BundledNode, "in Node.js"));
    }
    Table {
        title: "DynamoDB calls".to_owned(),
        how: "Counted by the played AWS over all invocations of the warm path, each of which must have made as many."
            .to_owned(),
        columns: std::iter::once("").chain(works.iter().map(|(_, name)| *name)).map(str::to_owned).collect(),
        rows,
        goals: works
            .iter()
            .map(|(work, name)| Goal {
                what: format!("DynamoDB calls of {name}"),
                wanted: Wanted::AtMost(Figure::Count(1)),
                reached: per_invocation(Form::Ours, *work),
            })
            .collect(),
        missing,
    }
}

fn find(all: &[Warm], form: Form, work: Work) -> Option<&Warm> {
    all.iter().find(|warm| warm.variant == Variant { form, work })
}
