//! What the crate promises as a whole. Put new tests of
//!
//! - a rule, one request that breaks only it: in `rules`;
//! - agreement with botocore: as a vector, `tests/fixtures/sigv4/make_vectors.py` in the workspace;
//!   `vectors` runs all;
//! - agreement with the `aws-sigv4` crate: in `witness`;
//! - agreement with the `percent-encoding` crate: in `percent`;
//! - what holds for any request: in `properties`;
//! - `examine` beside `verify`: in `examination`;
//! - what must never be shown: in `hidden`.

mod draft;
mod examination;
mod hidden;
mod percent;
mod properties;
mod rules;
mod vector;
mod vectors;
mod verdict;
mod witness;
