//! What `docs/performance.md` says of costs adds up, by the prices of `docs/operations.md`.

use std::collections::BTreeMap;

use tests::programs::workspace;

/// Half of a cent: what rounding takes or gives.
const HALF: f64 = 0.005_000_1;
/// An environment's memory, of the template's functions.
const MEMORY: f64 = 256.0;
/// AWS Lambda Developer Guide, "Configure Lambda function memory".
const MEMORY_OF_A_PROCESSOR: f64 = 1769.0;

#[test]
fn every_line_of_costs_is_its_quantity_times_its_price() {
    let prices = prices();
    let mut tables = 0;
    for table in tables_with(&text("docs/performance.md"), "quantity") {
        let mut exact = 0.0;
        for row in &table[1..] {
            let [part, quantity, symbol, price, amount] = &row[..] else { panic!("{row:?}") };
            if part == "**together**" {
                let sum = number(amount.trim_matches('*'));
                assert!((sum - exact).abs() <= HALF, "{sum} is no sum: {exact}");
                continue;
            }
            assert_eq!(prices.get(symbol).copied(), Some(number(price)), "{part}: {symbol}");
            let product = number(quantity) * number(price);
            assert!((number(amount) - product).abs() <= HALF, "{part}: {product}");
            exact += product;
        }
        tables += 1;
    }
    assert_eq!(tables, 3);
}

#[test]
fn a_quantity_of_seconds_is_what_its_line_multiplies() {
    let performance = text("docs/performance.md");
    let rows = tables_with(&performance, "quantity").into_iter().flatten();
    let mut count = 0;
    for row in rows.filter(|row| row[0].contains("GB-seconds: ")) {
        let (_, formula) = row[0].split_once(": ").unwrap();
        // `1 in 100 of 3 × 10⁶, 0.25 GB × 0.150 s`
        let formula = formula.replace(" in ", " / ").replace(" of ", " × ").replace(", ", " × ");
        let factor = |factor: &str| match factor.split_once(" / ") {
            Some((one, all)) => number(one) / number(all),
            None if factor == "10⁶" => 1e6,
            None => number(factor.trim_end_matches(" GB").trim_end_matches(" s")),
        };
        let product: f64 = formula.split(" × ").map(factor).product();
        assert!((product - number(&row[1])).abs() < 1e-6, "{}: {product}", row[0]);
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn what_memory_gives_and_costs_is_worked_out() {
    let performance = text("docs/performance.md");
    let [table] = &tables_with(&performance, "share of a processor")[..] else { panic!("one") };
    let price = prices()["`G`"];
    for row in &table[1..] {
        let [memory, share, takes, costs] = &row[..] else { panic!("{row:?}") };
        let memory = number(memory);
        let check = |text: &str, expected: f64, half: f64| {
            assert!((number(text) - expected).abs() <= half, "{row:?}: {expected}");
        };
        check(share, memory / MEMORY_OF_A_PROCESSOR, HALF);
        check(takes.trim_end_matches(" ms"), MEMORY_OF_A_PROCESSOR / memory, 0.050_1);
        check(costs.trim_start_matches('$'), memory / 1024.0 * 0.010 * 1e6 * price, HALF);
    }
    assert!(table.iter().any(|row| row[0] == MEMORY.to_string()), "the template's own");
    let template = text("cloudformation/template.yaml");
    let own = format!("MemorySize: {MEMORY}");
    let sizes: Vec<_> =
        template.lines().map(str::trim).filter(|line| line.starts_with("MemorySize: ")).collect();
    assert_eq!(sizes, [own.as_str(); 4]);
}

/// By their symbols, in dollars.
fn prices() -> BTreeMap<String, f64> {
    let operations = text("docs/operations.md");
    let tables = tables_with(&operations, "symbol");
    let rows = tables[0][1..].iter().filter(|row| !row[2].is_empty());
    rows.map(|row| (row[2].clone(), number(row[1].trim_start_matches('$')))).collect()
}

/// The tables of a document, of which the head has a column of this name; cell by cell.
fn tables_with(text: &str, column: &str) -> Vec<Vec<Vec<String>>> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let is_table = |part: &&str| part.starts_with('|');
    let tables = text.split("\n\n").filter(is_table).map(|part| {
        let lines = part.lines().filter(|line| !line.starts_with("|-"));
        lines.map(cells).collect::<Vec<_>>()
    });
    tables.filter(|table| table[0].iter().any(|name| name == column)).collect()
}

fn number(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

fn text(file: &str) -> String {
    std::fs::read_to_string(workspace().join(file)).unwrap()
}
