//! The vectors that botocore made, as `tests/fixtures/sigv4/make_vectors.py` describes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;
use sigv4_verify::amz_date::AmzDate;
use sigv4_verify::{
    Expected, Key, Keys, Placement, Refusal, SecretKey, SessionToken, Verified, WireRequest, verify,
};

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Vector {
    /// The file's name, without its ending.
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "botocore")]
    _botocore: String,
    placement: String,
    time: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) expires: Option<u64>,
    pub(crate) credentials: Credentials,
    pub(crate) unsigned: Request,
    pub(crate) request: Request,
    canonical_request: Vec<String>,
    string_to_sign: Vec<String>,
    pub(crate) signature: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// A request; `target` holds the URL where it is not signed yet.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    #[serde(alias = "url")]
    pub(crate) target: String,
    headers: Vec<String>,
    pub(crate) body: String,
}

impl Vector {
    pub(crate) fn placement(&self) -> Placement {
        match self.placement.as_str() {
            "query" => Placement::Query,
            "header" => Placement::Header,
            other => panic!("{}: no placement {other}", self.name),
        }
    }

    pub(crate) fn date(&self) -> AmzDate {
        AmzDate::parse(&self.time).expect("the vector's time")
    }

    pub(crate) fn canonical_request(&self) -> String {
        self.canonical_request.join("\n")
    }

    pub(crate) fn string_to_sign(&self) -> String {
        self.string_to_sign.join("\n")
    }

    /// What the service would say of the vector's request at the vector's time.
    pub(crate) fn verify(&self) -> Result<Verified, Refusal> {
        let headers = self.request.headers();
        let expected =
            Expected { region: &self.region, service: &self.service, now: self.date().time() };
        verify(&self.request.on_the_wire(&headers), &expected, &self.credentials)
    }
}

impl Request {
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|line| line.split_once(": ").expect("name: value")).collect()
    }

    pub(crate) fn set_headers(&mut self, headers: &[(String, String)]) {
        self.headers = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    }

    pub(crate) fn on_the_wire<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> WireRequest<'a> {
        WireRequest {
            method: &self.method,
            target: &self.target,
            headers,
            body: self.body.as_bytes(),
        }
    }
}

impl Keys for Credentials {
    fn find(&self, access_key_id: &str) -> Option<Key> {
        (access_key_id == self.access_key_id).then(|| Key {
            secret: SecretKey::new(&self.secret_access_key),
            session_token: self.session_token.as_deref().map(SessionToken::new),
            expires: None,
        })
    }
}

/// Every vector, by folder and name.
pub(crate) fn all() -> &'static [Vector] {
    static ALL: LazyLock<Vec<Vector>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/sigv4");
        let mut files: Vec<PathBuf> = ["query", "header"]
            .iter()
            .flat_map(|folder| fs::read_dir(root.join(folder)).expect("the vectors' folder"))
            .map(|entry| entry.expect("a vector's file").path())
            .collect();
        files.sort();
        files.iter().map(|file| load(file)).collect()
    });
    &ALL
}

/// The vector of this name.
pub(crate) fn named(name: &str) -> &'static Vector {
    all().iter().find(|vector| vector.name == name).expect(name)
}

fn load(file: &Path) -> Vector {
    let text = fs::read_to_string(file).expect("a vector's file");
    let vector: Vector =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let folder = if vector.placement() == Placement::Query { "query" } else { "header" };
    let stem = file.file_stem().expect("a file's name").to_string_lossy();
    assert!(file.parent().expect("a folder").ends_with(folder), "{stem} is in the wrong folder");
    Vector { name: format!("{folder}/{stem}"), ..vector }
}
