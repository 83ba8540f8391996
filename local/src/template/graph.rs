//! The order in which things that depend on one another can be made.

use std::collections::{BTreeMap, BTreeSet};

/// For each name the names that it depends on; every one of them is a key too.
pub(super) type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// The names, each after all that it depends on; otherwise the names that stand on a cycle (or between
/// two), sorted.
pub(super) fn order(dependencies: &Dependencies) -> Result<Vec<String>, Vec<String>> {
    let (ordered, stuck) = peel(dependencies);
    if stuck.is_empty() {
        return Ok(ordered);
    }
    // What merely depends on a cycle is stuck as well. Seen from the other side it is free.
    let mut dependents = Dependencies::new();
    for name in &stuck {
        dependents.entry(name.clone()).or_default();
        for dependency in dependencies.get(name).into_iter().flatten() {
            if stuck.contains(dependency) {
                dependents.entry(dependency.clone()).or_default().insert(name.clone());
            }
        }
    }
    let (_, cycle) = peel(&dependents);
    Err(cycle.into_iter().collect())
}

/// All that `name` depends on, directly or through others.
pub(super) fn reachable(dependencies: &Dependencies, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        for dependency in dependencies.get(name).into_iter().flatten() {
            if found.insert(dependency.clone()) {
                open.push(dependency);
            }
        }
    }
    found
}

/// Takes away what depends on nothing that is left, until nothing more can be taken.
fn peel(dependencies: &Dependencies) -> (Vec<String>, BTreeSet<String>) {
    let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, needed) in dependencies {
        missing.insert(name, needed.len());
        for dependency in needed {
            dependents.entry(dependency).or_default().push(name);
        }
    }
    let mut free: BTreeSet<&str> =
        missing.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut ordered = Vec::new();
    while let Some(name) = free.pop_first() {
        missing.remove(name);
        ordered.push(name.to_owned());
        for dependent in dependents.get(name).into_iter().flatten() {
            if let Some(count) = missing.get_mut(dependent) {
                *count -= 1;
                if *count == 0 {
                    free.insert(dependent);
                }
            }
        }
    }
    (ordered, missing.into_keys().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"A:BC B: C:"` says that A depends on B and C.
    fn dependencies(text: &str) -> Dependencies {
        text.split_whitespace()
            .map(|entry| {
                let (name, needed) = entry.split_once(':').unwrap();
                (name.to_owned(), needed.chars().map(String::from).collect())
            })
            .collect()
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let found = order(&dependencies(text)).map(|names| names.concat());
        let found = found.map_err(|names| names.concat());
        assert_eq!(found, expected.map(String::from).map_err(String::from), "{text}");
    }

    #[test]
    fn dependencies_come_first() {
        check("", Ok(""));
        check("A: B:", Ok("AB"));
        check("A:BC B:C C:", Ok("CBA"));
    }

    #[test]
    fn only_the_cycle_is_named() {
        check("A:A", Err("A"));
        check("A:B B:A", Err("AB"));
        check("X:A A:B B:C C:A Y: B2:", Err("ABC"));
        check("A:BZ B:A Z:", Err("AB"));
    }

    #[test]
    fn dependencies_of_dependencies_are_reached() {
        let dependencies = dependencies("A:B B:CA C: D:A");
        assert_eq!(reachable(&dependencies, "A").into_iter().collect::<String>(), "ABC");
        assert_eq!(reachable(&dependencies, "C").len(), 0);
    }
}
