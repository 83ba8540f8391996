//! Which stage and route a request is for.
//! (API Gateway Developer Guide, "Create routes for HTTP APIs")

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::entrance::Way;
use crate::percent;
use crate::template::{HttpApi, HttpRoute, HttpRouteKey, Stage};
use crate::wire::Head;

const DEFAULT_STAGE: &str = "$default";

/// The route that takes a request.
pub(super) struct Match<'a> {
    pub(super) stage: &'a Stage,
    /// The path behind the stage; it begins with `/`, or is empty.
    pub(super) path: Cow<'a, str>,
    pub(super) route: &'a HttpRoute,
    /// What the route's `{names}` stand for.
    pub(super) path_parameters: BTreeMap<String, String>,
}

/// The route that takes a request, if one does.
pub(super) fn find<'a>(
    api: &'a HttpApi,
    way: Way<'a>,
    method: &str,
    path: &'a str,
) -> Option<Match<'a>> {
    let (stage, path) = match way {
        Way::ExecuteApi => stage(&api.stages, path)?,
        Way::Mapping { stage: name, path } => {
            (api.stages.iter().find(|stage| stage.name == name)?, path)
        }
    };
    let (route, path_parameters) = route(api, method, path)?;
    Some(Match { stage, path: rooted(path), route, path_parameters })
}

/// The path that the function is told, not decoded: as it was sent; by a mapping, with the stage in place of the
/// base path, as if the API had been called at its own endpoint.
pub(super) fn path_of_event<'a>(way: Way<'a>, head: &'a Head) -> Cow<'a, str> {
    match way {
        Way::ExecuteApi => head.path().into(),
        Way::Mapping { stage: DEFAULT_STAGE, path: "" } => "/".into(),
        Way::Mapping { stage: DEFAULT_STAGE, path } => rooted(path),
        Way::Mapping { stage, path } => format!("/{stage}{}", rooted(path)).into(),
    }
}

/// What is left behind a base path that ended within a segment does not begin with `/`: that only `$default` takes it,
/// and that it is a path all the same, are choices.
fn rooted(path: &str) -> Cow<'_, str> {
    if path.is_empty() || path.starts_with('/') { path.into() } else { format!("/{path}").into() }
}

/// The stage of a path, and what is left of it: `$default` takes every path whole, another stage
/// is the first segment. `$default` itself is no segment that names it.
fn stage<'a>(stages: &'a [Stage], path: &'a str) -> Option<(&'a Stage, &'a str)> {
    let named = stages.iter().filter(|stage| stage.name != DEFAULT_STAGE).find_map(|stage| {
        let rest = path.strip_prefix('/')?.strip_prefix(stage.name.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((stage, rest))
    });
    named.or_else(|| {
        let default = stages.iter().find(|stage| stage.name == DEFAULT_STAGE)?;
        Some((default, path))
    })
}

/// The route for a method and a path, and what its `{names}` stand for. Of several that match, the
/// one with the most literal segments is taken, `ANY` after a method of its own, and `$default`
/// last.
fn route<'a>(
    api: &'a HttpApi,
    method: &str,
    path: &str,
) -> Option<(&'a HttpRoute, BTreeMap<String, String>)> {
    api.routes
        .iter()
        .filter_map(|route| Some((matched(&route.key, method, path)?, route)))
        .max_by_key(|(matched, _)| matched.precedence)
        .map(|(matched, route)| (route, matched.parameters))
}

struct Matched {
    /// Literal, named and open-ended segments count in this order.
    precedence: (usize, usize, bool),
    parameters: BTreeMap<String, String>,
}

fn matched(key: &HttpRouteKey, method: &str, path: &str) -> Option<Matched> {
    let HttpRouteKey::Path { method: wanted, path: pattern } = key else {
        return Some(Matched { precedence: (0, 0, false), parameters: BTreeMap::new() });
    };
    if wanted != "ANY" && wanted != method {
        return None;
    }
    let mut parameters = BTreeMap::new();
    let mut rest = path.strip_prefix('/')?;
    let (mut literal, mut named) = (1, 0);
    let mut segments = pattern.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        if let Some(name) = name.and_then(|name| name.strip_suffix('+')) {
            if rest.is_empty() {
                return None;
            }
            parameters.insert(name.to_owned(), percent::decode(rest));
            return Some(Matched { precedence: (literal, named, wanted != "ANY"), parameters });
        }
        let (found, left) = match segments.peek() {
            Some(_) => rest.split_once('/')?,
            None => (rest, ""),
        };
        match name {
            Some(name) if !found.is_empty() && !found.contains('/') => {
                parameters.insert(name.to_owned(), percent::decode(found));
                named += 1;
            }
            None if found == segment => literal += 1,
            _ => return None,
        }
        rest = left;
    }
    Some(Matched { precedence: (literal, named, wanted != "ANY"), parameters })
}

/// What stands behind the API in the source ARN of an invocation: `STAGE/POST/sign`.
pub(super) fn source_path(key: &HttpRouteKey, stage: &str) -> String {
    match key {
        HttpRouteKey::Default => format!("{stage}/$default"),
        HttpRouteKey::Path { method, path } if method == "ANY" => format!("{stage}/*{path}"),
        HttpRouteKey::Path { method, path } => format!("{stage}/{method}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Throttle;

    /// The stage that an API with the stages `names` takes for a path, and the rest of the path.
    fn check_stage(names: &[&str], path: &str, expected: Option<(&str, &str)>) {
        let stage_named = |name: &&str| Stage {
            logical_id: "Stage".to_owned(),
            name: (*name).to_owned(),
            default_throttle: Throttle::default(),
            route_throttles: BTreeMap::new(),
            variables: BTreeMap::new(),
        };
        let stages: Vec<_> = names.iter().map(stage_named).collect();
        let actual = stage(&stages, path).map(|(stage, rest)| (stage.name.as_str(), rest));
        assert_eq!(actual, expected, "{path} among {names:?}");
    }

    #[test]
    fn a_path_names_its_stage_unless_that_is_the_default() {
        check_stage(&["$default"], "/sign", Some(("$default", "/sign")));
        check_stage(&["$default"], "/$default/sign", Some(("$default", "/$default/sign")));
        check_stage(&["prod"], "/prod/sign", Some(("prod", "/sign")));
        check_stage(&["prod"], "/product/sign", None);
        check_stage(&["prod"], "/sign", None);
        check_stage(&["$default", "prod"], "/prod/sign", Some(("prod", "/sign")));
        check_stage(&["$default", "prod"], "/sign", Some(("$default", "/sign")));
    }

    fn key(key: &str) -> HttpRouteKey {
        match key.split_once(' ') {
            Some((method, path)) => {
                HttpRouteKey::Path { method: method.to_owned(), path: path.to_owned() }
            }
            None => HttpRouteKey::Default,
        }
    }

    fn check(route: &str, request: &str, expected: Option<&[(&str, &str)]>) {
        let (method, path) = request.split_once(' ').unwrap();
        let actual = matched(&key(route), method, path).map(|matched| matched.parameters);
        let expected = expected.map(|pairs| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        });
        assert_eq!(actual, expected, "{route} for {request}");
    }

    #[test]
    fn a_route_matches_by_method_and_path() {
        check("POST /sign", "POST /sign", Some(&[]));
        check("POST /sign", "GET /sign", None);
        check("POST /sign", "POST /sign/", None);
        check("POST /sign", "POST /signs", None);
        check("ANY /sign", "GET /sign", Some(&[]));
        check("$default", "GET /anything", Some(&[]));
        check("GET /rooms/{room}", "GET /rooms/a%20b", Some(&[("room", "a b")]));
        check("GET /rooms/{room}", "GET /rooms/", None);
        check("GET /rooms/{room}", "GET /rooms/a/b", None);
        check("GET /{proxy+}", "GET /a/b", Some(&[("proxy", "a/b")]));
        check("GET /{proxy+}", "GET /", None);
    }

    #[test]
    fn what_is_left_of_a_segment_is_a_path_that_only_the_default_route_takes() {
        let head = |target: &str| Head {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            not_utf8: Default::default(),
            source_ip: String::new(),
        };
        let check = |stage, path, expected| {
            let way = Way::Mapping { stage, path };
            assert_eq!(path_of_event(way, &head("/v1/urlsign?a")), expected, "{stage} {path}");
        };
        check("$default", "ign", "/ign");
        check("prod", "ign", "/prod/ign");
        check("$default", "/sign", "/sign");
        check("prod", "/sign", "/prod/sign");
        check("$default", "", "/");
        check("prod", "", "/prod");
        for key in ["POST /ign", "POST /{name}", "POST /{proxy+}", "POST ign"] {
            super::tests::check(key, "POST ign", None);
        }
        super::tests::check("$default", "POST ign", Some(&[]));
    }

    #[test]
    fn the_more_literal_route_goes_first() {
        let precedence = |route: &str| matched(&key(route), "GET", "/a/b").unwrap().precedence;
        assert!(precedence("GET /a/b") > precedence("ANY /a/b"));
        assert!(precedence("ANY /a/b") > precedence("GET /a/{x}"));
        assert!(precedence("GET /a/{x}") > precedence("GET /a/{x+}"));
        assert!(precedence("GET /{x+}") > precedence("$default"));
    }

    #[test]
    fn the_source_of_an_invocation_names_stage_method_and_path() {
        let check = |route, expected| assert_eq!(source_path(&key(route), "$default"), expected);
        check("POST /sign", "$default/POST/sign");
        check("ANY /sign", "$default/*/sign");
        check("$default", "$default/$default");
    }
}
