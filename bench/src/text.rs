//! Tables as people read them: aligned for a terminal, and in Markdown.

use std::fmt::Write;

use crate::report::{Figure, Goal, Table, Wanted};

/// For a terminal.
#[must_use]
pub fn plain(table: &Table) -> String {
    let cells = cells(table);
    let widths = widths(&cells);
    let mut text = format!("{}\n", table.title);
    for row in &cells {
        let mut line = String::new();
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String does not fail.
            let _ = match index {
                0 => write!(line, "  {cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    notes(table, |line| {
        let _ = writeln!(text, "  {line}");
    });
    text
}

/// In Markdown, with a heading of the second level.
#[must_use]
pub fn markdown(table: &Table) -> String {
    let mut cells = cells(table);
    for cell in cells.iter_mut().flatten() {
        *cell = cell.replace('|', "\\|");
    }
    let mut text = format!("## {}\n\n{}\n\n", table.title, table.how);
    for (index, row) in cells.iter().enumerate() {
        let _ = writeln!(text, "| {} |", row.join(" | "));
        if index == 0 {
            let _ = writeln!(text, "|---|{}", "--:|".repeat(row.len().saturating_sub(1)));
        }
    }
    let mut is_first = true;
    notes(table, |line| {
        if std::mem::take(&mut is_first) {
            text.push('\n');
        }
        let _ = writeln!(text, "- {line}");
    });
    text
}

/// The goals with what was reached, and what is missing.
fn notes(table: &Table, mut tell: impl FnMut(&str)) {
    for goal in &table.goals {
        tell(&self::goal(goal));
    }
    for missing in &table.missing {
        tell(&format!("not measured: {missing}"));
    }
}

/// `reached: sign-fn to the empty function, cold: 1.31× (at most 1.50×)`.
fn goal(goal: &Goal) -> String {
    let verdict = match (goal.reached, goal.is_met()) {
        (Figure::Nothing, _) => "not measured",
        (_, true) => "reached",
        (_, false) => "not reached",
    };
    let wanted = match goal.wanted {
        Wanted::AtMost(limit) => format!("at most {limit}"),
        Wanted::AtLeast(limit) => format!("at least {limit}"),
    };
    format!("{verdict}: {}: {} ({wanted})", goal.what, goal.reached)
}

/// The head, and a row each.
fn cells(table: &Table) -> Vec<Vec<String>> {
    let mut cells = vec![table.columns.clone()];
    cells.extend(table.rows.iter().map(|row| {
        let figures = row.figures.iter().map(Figure::to_string);
        std::iter::once(row.name.clone()).chain(figures).collect()
    }));
    cells
}

fn widths(cells: &[Vec<String>]) -> Vec<usize> {
    let columns = cells.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let lengths =
            cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        lengths.max().unwrap_or_default()
    };
    (0..columns).map(width).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::Row;

    fn table() -> Table {
        let row = |name: &str, figures| Row { name: name.to_owned(), figures };
        let goal = |what: &str, wanted, reached| Goal { what: what.to_owned(), wanted, reached };
        Table {
            title: "Signing one URL".to_owned(),
            how: "One thread.".to_owned(),
            columns: ["", "a call", "to the floor"].map(str::to_owned).to_vec(),
            rows: vec![
                row("a|b", vec![Figure::Time(Duration::from_nanos(12_340)), Figure::Times(1.2)]),
                row("aws4 in µ", vec![Figure::Time(Duration::from_micros(123)), Figure::Nothing]),
            ],
            goals: vec![
                goal("ours", Wanted::AtMost(Figure::Times(1.1)), Figure::Times(1.07)),
                goal("ahead", Wanted::AtLeast(Figure::Times(2.0)), Figure::Times(1.9)),
                goal("npm", Wanted::AtLeast(Figure::Times(1.0)), Figure::Nothing),
            ],
            missing: vec!["botocore: no python".to_owned()],
        }
    }

    #[test]
    fn a_terminal_has_aligned_columns() {
        let expected = "\
Signing one URL
              a call  to the floor
  a|b        12.3 µs         1.20×
  aws4 in µ   123 µs             –
  reached: ours: 1.07× (at most 1.10×)
  not reached: ahead: 1.90× (at least 2.00×)
  not measured: npm: – (at least 1.00×)
  not measured: botocore: no python
";
        assert_eq!(plain(&table()), expected);
    }

    #[test]
    fn markdown_has_how_it_was_measured() {
        let expected = "\
## Signing one URL

One thread.

|  | a call | to the floor |
|---|--:|--:|
| a\\|b | 12.3 µs | 1.20× |
| aws4 in µ | 123 µs | – |

- reached: ours: 1.07× (at most 1.10×)
- not reached: ahead: 1.90× (at least 2.00×)
- not measured: npm: – (at least 1.00×)
- not measured: botocore: no python
";
        assert_eq!(markdown(&table()), expected);
    }

    #[test]
    fn a_table_without_rows_is_its_head() {
        let table = Table { rows: Vec::new(), goals: Vec::new(), missing: Vec::new(), ..table() };
        assert_eq!(plain(&table), "Signing one URL\n    a call  to the floor\n");
        assert!(markdown(&table).ends_with("\n|---|--:|--:|\n"));
    }
}
