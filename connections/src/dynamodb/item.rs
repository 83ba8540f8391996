//! A connection as a DynamoDB item, and back.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{Connection, Nonce, StoreError};

pub(super) const CONNECTION_ID: &str = "connectionId";
pub(super) const NONCE: &str = "nonce";
const EXPIRES_AT: &str = "expiresAt";
const GRANTED: &str = "granted";
const REQUESTED: &str = "requested";
const HEADERS: &str = "headers";
const CONNECTED_AT: &str = "connectedAt";
const SOURCE_IP: &str = "sourceIp";
const USER_AGENT: &str = "userAgent";
const CALLER: &str = "caller";
const API_ID: &str = "apiId";
const STAGE: &str = "stage";

/// The attributes of an item, by name.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn of_nonce(nonce: &Nonce) -> Item {
    HashMap::from([
        (NONCE.to_owned(), text(nonce.expose())),
        (EXPIRES_AT.to_owned(), number(nonce.expires_at())),
    ])
}

pub(super) fn of_connection(connection: &Connection) -> Item {
    let mut item = HashMap::from([
        (CONNECTION_ID.to_owned(), text(&connection.connection_id)),
        (GRANTED.to_owned(), texts(&connection.granted)),
        (REQUESTED.to_owned(), texts(&connection.requested)),
        (HEADERS.to_owned(), texts(&connection.headers)),
        (CONNECTED_AT.to_owned(), number(connection.connected_at)),
        (SOURCE_IP.to_owned(), text(&connection.source_ip)),
        (CALLER.to_owned(), text(&connection.caller)),
        (API_ID.to_owned(), text(&connection.api_id)),
        (STAGE.to_owned(), text(&connection.stage)),
        (EXPIRES_AT.to_owned(), number(connection.expires_at)),
    ]);
    if let Some(user_agent) = &connection.user_agent {
        item.insert(USER_AGENT.to_owned(), text(user_agent));
    }
    item
}

pub(super) fn to_connection(connection_id: &str, item: Item) -> Result<Connection, StoreError> {
    let mut attributes = Attributes { connection_id, item };
    Ok(Connection {
        connection_id: attributes.text(CONNECTION_ID)?,
        granted: attributes.texts(GRANTED)?,
        requested: attributes.texts(REQUESTED)?,
        headers: attributes.texts(HEADERS)?,
        connected_at: attributes.number(CONNECTED_AT)?,
        source_ip: attributes.text(SOURCE_IP)?,
        user_agent: match attributes.item.contains_key(USER_AGENT) {
            true => Some(attributes.text(USER_AGENT)?),
            false => None,
        },
        caller: attributes.text(CALLER)?,
        api_id: attributes.text(API_ID)?,
        stage: attributes.text(STAGE)?,
        expires_at: attributes.number(EXPIRES_AT)?,
    })
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn texts(values: &BTreeMap<String, String>) -> AttributeValue {
    AttributeValue::M(values.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

/// The attributes of one record, taken out one by one.
struct Attributes<'a> {
    connection_id: &'a str,
    item: Item,
}

impl Attributes<'_> {
    fn text(&mut self, name: &'static str) -> Result<String, StoreError> {
        match self.item.remove(name) {
            Some(AttributeValue::S(value)) => Ok(value),
            _ => Err(self.malformed(name)),
        }
    }

    fn number(&mut self, name: &'static str) -> Result<i64, StoreError> {
        match self.item.remove(name) {
            Some(AttributeValue::N(value)) => value.parse().map_err(|_| self.malformed(name)),
            _ => Err(self.malformed(name)),
        }
    }

    fn texts(&mut self, name: &'static str) -> Result<BTreeMap<String, String>, StoreError> {
        let Some(AttributeValue::M(values)) = self.item.remove(name) else {
            return Err(self.malformed(name));
        };
        values
            .into_iter()
            .map(|(key, value)| match value {
                AttributeValue::S(value) => Ok((key, value)),
                _ => Err(self.malformed(name)),
            })
            .collect()
    }

    fn malformed(&self, attribute: &'static str) -> StoreError {
        StoreError::MalformedRecord { connection_id: self.connection_id.to_owned(), attribute }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::connection;

    #[track_caller]
    fn check_round_trip(connection: &Connection) {
        let back = to_connection(&connection.connection_id, of_connection(connection));
        assert_eq!(back.ok().as_ref(), Some(connection));
    }

    /// A record with one attribute changed, or taken away, cannot be read.
    #[track_caller]
    fn check_malformed(attribute: &'static str, value: Option<AttributeValue>) {
        let mut item = of_connection(&connection("c="));
        item.remove(attribute);
        item.extend(value.map(|value| (attribute.to_owned(), value)));
        let error = to_connection("c=", item).expect_err("it is malformed").to_string();
        let expected = format!("connection c= has no attribute {attribute} of the expected type");
        assert!(error.ends_with(&expected), "{error}");
    }

    #[test]
    fn every_field_survives() {
        check_round_trip(&connection("c="));
    }

    #[test]
    fn a_connection_without_a_user_agent_survives() {
        check_round_trip(&Connection { user_agent: None, ..connection("c=") });
    }

    #[test]
    fn a_missing_attribute_is_named() {
        for attribute in [
            CONNECTION_ID,
            GRANTED,
            REQUESTED,
            HEADERS,
            CONNECTED_AT,
            SOURCE_IP,
            CALLER,
            API_ID,
            STAGE,
            EXPIRES_AT,
        ] {
            check_malformed(attribute, None);
        }
    }

    #[test]
    fn an_attribute_of_another_type_is_named() {
        check_malformed(STAGE, Some(number(1)));
        check_malformed(CONNECTED_AT, Some(text("1")));
        check_malformed(EXPIRES_AT, Some(AttributeValue::N("1.5".to_owned())));
        check_malformed(USER_AGENT, Some(AttributeValue::Null(true)));
        check_malformed(GRANTED, Some(text("{}")));
        let values = HashMap::from([("n".to_owned(), number(1))]);
        check_malformed(REQUESTED, Some(AttributeValue::M(values)));
    }
}
