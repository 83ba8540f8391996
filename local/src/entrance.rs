//! Where a listener leads: to an API by its own endpoint, or by a custom domain to the stages that are mapped
//! there.
//! (API Gateway Developer Guide, "Map API stages to a custom domain name" for HTTP APIs, and for WebSocket APIs)

use std::sync::Arc;

use crate::template;

/// What stands behind a listener; `Gateway` is an API of one kind.
#[derive(Debug)]
pub enum Entrance<Gateway> {
    /// `ID.execute-api.REGION.amazonaws.com`: the path names the stage.
    ExecuteApi(Arc<Gateway>),
    /// A custom domain: the front of the path stands for an API and its stage.
    Domain(Domain<Gateway>),
}

/// A custom domain.
#[derive(Debug)]
pub struct Domain<Gateway> {
    mappings: Vec<Mapping<Gateway>>,
    levels: Levels,
}

/// What a base path of a custom domain stands for.
#[derive(Debug)]
pub struct Mapping<Gateway> {
    /// Without `/` at either end; empty for all paths.
    pub base_path: String,
    /// The API.
    pub gateway: Arc<Gateway>,
    /// The name of its stage.
    pub stage: String,
}

/// How many levels the base paths of a domain have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Levels {
    /// Each is one segment, or empty.
    One,
    /// One has several. A base path is then the front of a path even where a segment goes on.
    Several,
}

/// How a request comes to an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// By the API's own endpoint.
    ExecuteApi,
    /// By a mapping of a custom domain.
    Mapping {
        /// The name of the API's stage.
        stage: &'a str,
        /// What is left of the path behind the base path.
        path: &'a str,
    },
}

impl<Gateway> Entrance<Gateway> {
    /// That of a custom domain; `find` knows the APIs by their ids.
    pub fn of_domain(
        domain: &template::Domain,
        find: impl Fn(&str) -> Option<Arc<Gateway>>,
    ) -> Self {
        let mappings = domain.mappings.iter().filter_map(|mapping| {
            Some(Mapping {
                base_path: mapping.base_path.clone(),
                gateway: find(&mapping.api_id)?,
                stage: mapping.stage.clone(),
            })
        });
        let mappings: Vec<_> = mappings.collect();
        let is_deep = mappings.iter().any(|mapping| mapping.base_path.contains('/'));
        let levels = if is_deep { Levels::Several } else { Levels::One };
        Self::Domain(Domain { mappings, levels })
    }

    /// The API that a request with this path is for; `None` where no mapping has the path.
    pub fn lead<'a>(&'a self, path: &'a str) -> Option<(&'a Arc<Gateway>, Way<'a>)> {
        match self {
            Self::ExecuteApi(gateway) => Some((gateway, Way::ExecuteApi)),
            Self::Domain(domain) => domain.lead(path),
        }
    }
}

impl<Gateway> Domain<Gateway> {
    /// Its mappings, each with another base path.
    pub fn mappings(&self) -> &[Mapping<Gateway>] {
        &self.mappings
    }

    fn lead<'a>(&'a self, path: &'a str) -> Option<(&'a Arc<Gateway>, Way<'a>)> {
        let levels = self.levels;
        let leading = self
            .mappings
            .iter()
            .filter_map(|mapping| Some((mapping, behind(&mapping.base_path, levels, path)?)));
        let (mapping, path) = leading.max_by_key(|(mapping, _)| mapping.base_path.len())?;
        Some((&mapping.gateway, Way::Mapping { stage: &mapping.stage, path }))
    }
}

/// What follows the base path, if the path begins with it. It is compared as it was sent.
fn behind<'a>(base_path: &str, levels: Levels, path: &'a str) -> Option<&'a str> {
    if base_path.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix('/')?.strip_prefix(base_path)?;
    let ends = rest.is_empty() || rest.starts_with('/');
    (ends || levels == Levels::Several).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stage and the rest of the path that a domain with these base paths leads to. A stage has the name
    /// of its base path.
    fn check(base_paths: &[&str], path: &str, expected: Option<(&str, &str)>) {
        let mapping = |base_path: &&str| template::ApiMapping {
            logical_id: "Mapping".to_owned(),
            api_id: "api".to_owned(),
            stage: (*base_path).to_owned(),
            base_path: (*base_path).to_owned(),
        };
        let domain = template::Domain {
            logical_id: "Domain".to_owned(),
            name: "api.example.com".to_owned(),
            mappings: base_paths.iter().map(mapping).collect(),
        };
        let entrance = Entrance::of_domain(&domain, |id| (id == "api").then(Arc::<()>::default));
        let led = entrance.lead(path).map(|(_, way)| match way {
            Way::Mapping { stage, path } => (stage, path),
            Way::ExecuteApi => panic!("a domain has mappings"),
        });
        assert_eq!(led, expected, "{path} among {base_paths:?}");
    }

    #[test]
    fn the_longest_base_path_is_taken_and_the_empty_one_takes_the_rest() {
        // The example of the page.
        let all =
            ["", "orders", "orders/v1/items", "orders/v2/items", "orders/v2/items/categories"];
        check(&all, "/orders", Some(("orders", "")));
        check(&all, "/orders/v1/items", Some(("orders/v1/items", "")));
        check(&all, "/orders/v1/items/123", Some(("orders/v1/items", "/123")));
        check(&all, "/orders/v2/items/categories/5", Some(("orders/v2/items/categories", "/5")));
        check(&all, "/customers", Some(("", "/customers")));
        check(&all, "/ordersandmore", Some(("orders", "andmore")));
    }

    #[test]
    fn base_paths_of_one_level_are_whole_segments() {
        check(&["", "orders"], "/ordersandmore", Some(("", "/ordersandmore")));
        check(&["", "orders"], "/orders/", Some(("orders", "/")));
        check(&["orders"], "/ordersandmore", None);
        check(&["orders"], "/", None);
        check(&["orders"], "/Orders", None);
        check(&["a+b"], "/a%2Bb", None);
        check(&[], "/", None);
        check(&[""], "/", Some(("", "/")));
    }
}
