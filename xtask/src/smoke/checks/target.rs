//! A signed URL that is changed again and again, and was good all the time.

use super::odd::Odd;
use super::{skipped, unexpected};
use crate::smoke::record::{Checked, Trouble};
use crate::smoke::signed::Signed;
use crate::smoke::stack::{Stack, opened, refused};
use crate::smoke::wire::address::WireUrl;
use crate::smoke::wire::http::Reply;
use crate::smoke::wire::websocket::Answer;

/// A URL, and how often it was changed. When half of its life has passed, it is opened and another one signed.
pub(super) struct Target<'a> {
    stack: &'a Stack,
    signed: Signed,
    parameters: Vec<String>,
    refused: usize,
}

impl<'a> Target<'a> {
    pub(super) async fn new(stack: &'a Stack) -> Result<Self, Trouble> {
        let signed = stack.sign_any().await?;
        let parameters = signed.url.parameters();
        Ok(Self { stack, signed, parameters, refused: 0 })
    }

    /// The URL itself.
    pub(super) fn url(&self) -> &WireUrl {
        &self.signed.url
    }

    /// Its parameters. Another URL has the same names, in the same order.
    pub(super) fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// How many it has.
    pub(super) fn count(&self) -> usize {
        self.parameters.len()
    }

    /// With other parameters.
    pub(super) fn with(&self, parameters: &[String]) -> WireUrl {
        self.signed.url.with_parameters(parameters)
    }

    /// With others in place of one.
    pub(super) fn with_changed(&self, index: usize, replacement: Vec<String>) -> WireUrl {
        let mut parameters = self.parameters.clone();
        parameters.splice(index..=index, replacement);
        self.with(&parameters)
    }

    /// The place of a parameter.
    pub(super) fn index(&self, name: &str) -> Result<usize, Trouble> {
        let found = self.parameters.iter().position(|text| name_of(text) == name);
        found.ok_or_else(|| Trouble::Unexpected(format!("the URL has no {name}")))
    }

    /// The changed URL is refused.
    pub(super) async fn check(
        &mut self,
        what: &str,
        change: impl FnOnce(&Self) -> WireUrl,
    ) -> Result<Reply, Trouble> {
        self.check_with(what, change, &[]).await
    }

    /// The changed URL, sent with these headers, is refused.
    pub(super) async fn check_with(
        &mut self,
        what: &str,
        change: impl FnOnce(&Self) -> WireUrl,
        headers: &[(&str, &str)],
    ) -> Result<Reply, Trouble> {
        self.refused += 1;
        refused(what, self.send(change, headers).await?)
    }

    /// What comes of the changed URL, of which nothing is promised. One that opens is replaced.
    pub(super) async fn observe(
        &mut self,
        change: impl FnOnce(&Self) -> WireUrl,
    ) -> Result<Odd, Trouble> {
        let odd = Odd::of_handshake(self.send(change, &[]).await)?;
        match odd {
            // Where the connection ended, it may have opened before.
            Odd::Open | Odd::Ended(_) => self.sign_anew().await?,
            Odd::Answered(_) => {}
        }
        Ok(odd)
    }

    async fn send(
        &mut self,
        change: impl FnOnce(&Self) -> WireUrl,
        headers: &[(&str, &str)],
    ) -> Result<Answer, Trouble> {
        if self.signed.is_old() {
            self.open().await?;
            self.sign_anew().await?;
        }
        self.stack.open(&change(self), headers).await
    }

    async fn sign_anew(&mut self) -> Result<(), Trouble> {
        self.signed = self.stack.sign_any().await?;
        let parameters = self.signed.url.parameters();
        let is_alike = parameters
            .iter()
            .map(|text| name_of(text))
            .eq(self.parameters.iter().map(|text| name_of(text)));
        if !is_alike {
            return unexpected("one URL has other parameters than another");
        }
        self.parameters = parameters;
        Ok(())
    }

    /// It was good all the time, unless its time was too short to tell.
    async fn open(&self) -> Result<(), Trouble> {
        match self.stack.open(&self.signed.url, &[]).await? {
            Answer::Refused(_) if self.signed.may_have_ended() => {
                let seconds = self.signed.lifetime.as_secs();
                skipped(format!("a URL ends before this is tried (UrlTtlSeconds is {seconds})"))
            }
            answer => opened(answer).map(drop),
        }
    }

    /// The last of it.
    pub(super) async fn still_opens(self) -> Checked {
        self.open().await?;
        Ok(format!("changes refused: {}; the URL itself opens", self.refused))
    }
}

/// What stands before the `=`.
pub(super) fn name_of(parameter: &str) -> &str {
    parameter.split('=').next().unwrap_or_default()
}
