//! How the warm path grows: with 1, 10 and 100 times the work of one invocation, and after as many invocations.

use super::events::Work;
use super::variant::{Form, Stage, Variant};
use super::warm::Warm;
use crate::Error;
use crate::report::{Figure, Goal, Row, Table, Wanted};
use crate::workplace::Effort;

const TIMES: [usize; 3] = [1, 10, 100];

/// What counts as the same: two figures of one thing differ by as much.
const SAME: f64 = 1.1;

/// What grows.
#[derive(Clone, Copy)]
enum Growth {
    Signed,
    Admitted,
    Echoed,
    Stored,
}

impl Growth {
    const ALL: [Self; 4] = [Self::Signed, Self::Admitted, Self::Echoed, Self::Stored];

    fn name(self, times: usize) -> String {
        match self {
            Self::Signed => format!("sign-fn, {times} parameters"),
            Self::Admitted => format!("ws-connect, {times} parameters"),
            Self::Echoed => format!("ws-default, a message of {} kB", times),
            Self::Stored => format!("ws-default, {times} stored parameters"),
        }
    }

    fn work(self, times: usize) -> Work {
        match self {
            Self::Signed => Work::Sign { parameters: times },
            Self::Admitted => Work::Connect { parameters: times },
            Self::Echoed => Work::Message { bytes: times * 1_000 },
            Self::Stored => Work::Message { bytes: 5 },
        }
    }

    fn stored(self, times: usize) -> usize {
        match self {
            Self::Stored => times,
            Self::Signed | Self::Admitted | Self::Echoed => 1,
        }
    }
}

pub(super) fn table(stage: &Stage<'_>, progress: &mut dyn FnMut(&str)) -> Result<Table, Error> {
    let (before, rounds, burst, once) = match stage.workplace.effort {
        Effort::Full => (500, 20, 50, 500),
        Effort::Quick => (50, 4, 15, 20),
    };
    let mut number = 0;
    let mut table = Table {
        title: "How the functions grow".to_owned(),
        how: format!(
            "As the warm path, {} invocations of each size. Time is p50; the last column is that to the first size. \
             The last rows are one process.",
            rounds * burst
        ),
        columns: ["", "p50", "CPU", "resident", "to the first"].map(str::to_owned).into(),
        rows: Vec::new(),
        goals: Vec::new(),
        missing: Vec::new(),
    };
    for growth in Growth::ALL {
        progress(&format!("growth: {} and more", growth.name(1)));
        let mut sizes = Vec::new();
        for times in TIMES {
            let variant = Variant { form: Form::Ours, work: growth.work(times) };
            stage.aws.store(growth.stored(times));
            sizes.push(Warm::start(variant, before, stage, &mut number)?);
        }
        for _ in 0..rounds {
            for (warm, times) in sizes.iter_mut().zip(TIMES) {
                stage.aws.store(growth.stored(times));
                warm.invoke(burst, stage, &mut number)?;
            }
        }
        let first = sizes.first().map_or(Figure::Nothing, |warm| warm.median());
        for (warm, times) in sizes.iter().zip(TIMES) {
            add(&mut table, growth.name(times), warm, first)?;
        }
        let medians = [&sizes[0], &sizes[1], &sizes[2]].map(Warm::median);
        table.goals.push(Goal::linear(&growth.name(TIMES[2]), medians));
    }
    stage.aws.store(1);
    progress("growth: many invocations of one process");
    let variant = Variant { form: Form::Ours, work: Work::USUAL[1] };
    let mut first = Figure::Nothing;
    let mut warm = Warm::start(variant, 0, stage, &mut number)?;
    let mut done = 0;
    for times in TIMES {
        while done < times * once {
            warm.forget();
            warm.invoke(once, stage, &mut number)?;
            done += once;
        }
        if times == TIMES[0] {
            first = warm.median();
        }
        add(
            &mut table,
            format!("ws-connect, the last {once} of {done} invocations"),
            &warm,
            first,
        )?;
    }
    let last = table.rows.last().and_then(|row| row.figures.last());
    table.goals.push(Goal {
        what: "ws-connect, one of the last invocations, to the first".to_owned(),
        wanted: Wanted::AtMost(Figure::Times(SAME)),
        reached: last.copied().unwrap_or(Figure::Nothing),
    });
    Ok(table)
}

fn add(table: &mut Table, name: String, warm: &Warm, first: Figure) -> Result<(), Error> {
    let p50 = warm.median();
    let figures = vec![p50, warm.cpu(), warm.resident()?, p50.over(first)];
    table.rows.push(Row { name, figures });
    Ok(())
}
