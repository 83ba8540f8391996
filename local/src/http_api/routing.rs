//! Which stage and route a request is for.
//! (API Gateway Developer Guide, "Create routes for HTTP APIs")

use crate::template::{HttpApi, HttpRoute};

/// The stage of a path, and what is left of it: `$default` takes every path whole, another stage
/// is the first segment.
pub(super) fn stage<'a>(api: &'a HttpApi, path: &'a str) -> Option<(&'a str, &'a str)> {
    let named = api.stages.iter().find_map(|stage| {
        let rest = path.strip_prefix('/')?.strip_prefix(stage.name.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((stage.name.as_str(), rest))
    });
    named.or_else(|| {
        let default = api.stages.iter().find(|stage| stage.name == "$default")?;
        Some((default.name.as_str(), path))
    })
}

/// The route for a method and a path: the exact one, then `ANY` of the same path, then `$default`.
pub(super) fn route<'a>(api: &'a HttpApi, method: &str, path: &str) -> Option<&'a HttpRoute> {
    let by_key = |key: &str| api.routes.iter().find(|route| route.key == key);
    by_key(&format!("{method} {path}"))
        .or_else(|| by_key(&format!("ANY {path}")))
        .or_else(|| by_key("$default"))
}

/// What stands behind the API in the source ARN of an invocation: `STAGE/POST/sign`.
pub(super) fn source_path(route_key: &str, stage: &str) -> String {
    match route_key.split_once(' ') {
        Some(("ANY", path)) => format!("{stage}/*{path}"),
        Some((method, path)) => format!("{stage}/{method}{path}"),
        None => format!("{stage}/{route_key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_an_invocation_names_stage_method_and_path() {
        let check = |key, expected| assert_eq!(source_path(key, "$default"), expected);
        check("POST /sign", "$default/POST/sign");
        check("ANY /sign", "$default/*/sign");
        check("$default", "$default/$default");
    }
}
