//! A query string as events carry it.

use std::collections::BTreeMap;

/// The parameters of a handshake's raw query, decoded once, in the order of the wire. `+` is a space.
pub fn parameters(query: &str) -> Vec<(String, String)> {
    form(query)
}

/// The same of a request to an HTTP API. By itself, as it is known of neither what AWS does with a `+`.
pub fn http_parameters(query: &str) -> Vec<(String, String)> {
    form(query)
}

fn form(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// One value a name: the last, where a name is repeated.
pub fn last_values(parameters: &[(String, String)]) -> BTreeMap<&str, &str> {
    parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Every value of every name.
pub fn all_values(parameters: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut values = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in parameters {
        values.entry(name).or_default().push(value);
    }
    values
}

/// One value a name, repeated ones joined by commas, as HTTP APIs do.
pub fn joined_values(parameters: &[(String, String)]) -> BTreeMap<String, String> {
    let joined = |(name, values): (&str, Vec<&str>)| (name.to_owned(), values.join(","));
    all_values(parameters).into_iter().map(joined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_once() {
        let parameters = parameters("a=x%2By&b=1&b=2&c=%2541&d=x+y&e");
        assert_eq!(parameters, http_parameters("a=x%2By&b=1&b=2&c=%2541&d=x+y&e"));
        let last = last_values(&parameters);
        let check = |name: &str, value: &str| assert_eq!(last[name], value, "{name}");
        check("a", "x+y");
        check("b", "2");
        check("c", "%41");
        check("d", "x y");
        check("e", "");
        assert_eq!(all_values(&parameters)["b"], ["1", "2"]);
        assert_eq!(joined_values(&parameters)["b"], "1,2");
    }
}
