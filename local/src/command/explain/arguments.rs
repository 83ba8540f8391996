//! The command line of `countersign explain`.

use std::path::PathBuf;

use clap::Args;
use sigv4_verify::amz_date::AmzDate;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(in crate::command) const AFTER_HELP: &str = "\
Examples:
  countersign explain 'wss://abc123.execute-api.eu-west-1.amazonaws.com/prod?…&X-Amz-Signature=…'
  pbpaste | countersign explain -
  countersign explain - --at 20260102T030405Z --secret-key-file key.txt < url.txt
  countersign explain --local - < url.txt

Quote the URL: to a shell, & ends a command. What stands on a command line can be seen by every user of
the machine (ps); - reads the URL from stdin instead. Its token and signature are shown nowhere.

Exit status:
  0  the URL would pass, as far as can be said
  1  it would be refused; the first FINDING says why
  2  it is not a presigned URL, or the command line is wrong
  3  it could not be explained, as where no stack runs; the line on stderr says why";

/// What to explain, and by what. A URL is a secret, so there is no `Debug`.
#[derive(Args)]
pub(in crate::command) struct ExplainArguments {
    /// The presigned URL; - reads it from stdin
    // Several words are what a shell makes of a URL with spaces: no error of clap's is to repeat them.
    #[arg(value_name = "URL", required = true, num_args = 1..)]
    pub(super) words: Vec<String>,

    /// Print the explanation as one JSON object
    #[arg(long)]
    pub(super) json: bool,

    /// Judge it at this time: 2026-01-02T03:04:05Z, 20260102T030405Z or seconds since
    /// 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = time, allow_hyphen_values = true)]
    #[arg(verbatim_doc_comment)]
    pub(super) at: Option<OffsetDateTime>,

    /// The region of the API
    /// [default: that of the host, else that of the URL itself]
    #[arg(long, value_name = "REGION", verbatim_doc_comment)]
    pub(super) region: Option<String>,

    /// The Host header that the client sends, with its port
    /// [default: that of the URL]
    #[arg(long, value_name = "HOST", verbatim_doc_comment)]
    pub(super) host: Option<String>,

    /// Check the signature too, by the secret access key that this file has on its
    /// one line; where it does not match, look for the one change that explains it
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(super) secret_key_file: Option<PathBuf>,

    /// Have the running stack explain it, with its own clock, keys, stages and policies
    #[arg(long, conflicts_with = "secret_key_file")]
    pub(super) local: bool,

    /// The port of that stack's WebSocket API; needed where several stacks run
    #[arg(long, value_name = "PORT", requires = "local")]
    pub(super) port: Option<u16>,
}

fn time(text: &str) -> Result<OffsetDateTime, &'static str> {
    let seconds = || OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok();
    AmzDate::parse(text)
        .map(AmzDate::time)
        .ok()
        .or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok())
        .or_else(seconds)
        .ok_or("expected 2026-01-02T03:04:05Z, 20260102T030405Z or seconds since 1970")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_forms() {
        let check = |text, expected: Option<i64>| {
            assert_eq!(time(text).ok().map(OffsetDateTime::unix_timestamp), expected, "{text}");
        };
        check("20260102T030405Z", Some(1_767_323_045));
        check("2026-01-02T03:04:05Z", Some(1_767_323_045));
        check("2026-01-02T05:04:05.5+02:00", Some(1_767_323_045));
        check("1767323045", Some(1_767_323_045));
        check("-1", Some(-1));
        check("now", None);
        check("2026-01-02", None);
        check("99999999999999999999", None);
    }
}
