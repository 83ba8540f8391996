//! What `GET @connections` tells of a connection, blank for blank as the real service writes it.

use serde_json::Value;
use time::{OffsetDateTime, UtcOffset};

use crate::websocket::registry::Description;

/// The JSON of a description.
pub(super) fn of(found: &Description) -> String {
    let connection = &found.connection;
    let user_agent = match &connection.user_agent {
        Some(user_agent) => format!(",\n    \"userAgent\" : {}", Value::from(&**user_agent)),
        None => String::new(),
    };
    format!(
        r#"{{
  "identity" : {{
    "sourceIp" : {}{user_agent}
  }},
  "connectedAt" : "{}",
  "lastActiveAt" : "{}"
}}"#,
        Value::from(&*connection.source_ip),
        iso_8601(connection.connected_at),
        iso_8601(found.last_active),
    )
}

/// `2020-11-15T12:23:14.726Z`
fn iso_8601(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = at.time().as_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{:03}Z", at.date(), at.millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::websocket::Connection;

    fn at(milliseconds: i128) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).unwrap()
    }

    fn check(user_agent: Option<&str>, expected: &str) {
        let connection = Connection {
            connection_id: "WDGT8fY4joECJrQ=".to_owned(),
            api_id: "abc123".to_owned(),
            stage: "prod".to_owned(),
            domain_name: "localhost".to_owned(),
            connected_at: at(1_605_442_994_726),
            source_ip: "1.2.3.4".to_owned(),
            user_agent: user_agent.map(ToOwned::to_owned),
            stage_variables: Default::default(),
        };
        let found =
            Description { connection: connection.into(), last_active: at(1_605_442_994_972) };
        assert_eq!(of(&found), expected);
    }

    #[test]
    fn it_is_blank_for_blank_like_the_real_one() {
        check(
            Some("Mozilla/5.0 \"x\""),
            r#"{
  "identity" : {
    "sourceIp" : "1.2.3.4",
    "userAgent" : "Mozilla/5.0 \"x\""
  },
  "connectedAt" : "2020-11-15T12:23:14.726Z",
  "lastActiveAt" : "2020-11-15T12:23:14.972Z"
}"#,
        );
        check(
            None,
            r#"{
  "identity" : {
    "sourceIp" : "1.2.3.4"
  },
  "connectedAt" : "2020-11-15T12:23:14.726Z",
  "lastActiveAt" : "2020-11-15T12:23:14.972Z"
}"#,
        );
    }
}
