//! What must hold for any input from outside: the properties that the fuzz targets check.
//!
//! - [`url`]: a presigned URL, as the verifier reads it
//! - [`sign_body`]: the body of `POST /sign`
//! - [`template`]: a CloudFormation template
//!
//! Each `check` panics where a property does not hold. CONTRIBUTING.md says how to fuzz; the test here
//! runs the same properties over the corpus.

#![forbid(unsafe_code)]

pub mod sign_body;
pub mod template;
pub mod url;
mod verifier;

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Runs the properties over the corpus of one target.
    fn check(target: &str, check: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            check(&std::fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count > 3, "{target}: only {count} inputs");
    }

    #[test]
    fn the_properties_hold_for_the_corpus_of_urls() {
        check("url", crate::url::check);
    }

    #[test]
    fn the_properties_hold_for_the_corpus_of_bodies() {
        check("sign_body", crate::sign_body::check);
    }

    #[test]
    fn the_properties_hold_for_the_corpus_of_templates() {
        check("template", crate::template::check);
    }
}
