//! A deployment without an account: the template is packaged by the AWS CLI, uploaded to an S3 that is moto's,
//! fetched back, and run.

use std::path::{Path, PathBuf};

use local::template::{Environment, FunctionCode, ParameterValues, Stack, Template};
use tests::command::Process;
use tests::folder::Folder;
use tests::s3::S3;
use tests::{packages, template, tool};

use crate::packaged::{check_works, packaged};

const BUCKET: &str = "rehearsal";

/// What was uploaded.
struct Uploaded {
    /// The file of the template that names the objects.
    template: String,
    /// The directory with the objects, under their keys.
    artifacts: PathBuf,
}

#[tokio::test]
async fn the_template_that_is_deployed_runs_with_the_programs_that_were_uploaded() {
    let folder = Folder::new("rehearsal");
    let Some(template) = packages::write(&folder).await else { return };
    let Some(uploaded) = upload(&folder, &template).await else { return };
    check_code_alone_has_changed(&uploaded, &folder.path().join("target/lambda"));
    check_lints(&uploaded).await;

    let mut command = packaged(&uploaded.template).await;
    command.arg("--artifacts").arg(&uploaded.artifacts).env("TMPDIR", folder.path());
    let process = Process::start(command).await;
    check_works(&process, "ConnectFunction").await;
    process.stop().await;
}

/// Packages a template as the README says it, under a prefix, and fetches what was uploaded.
async fn upload(folder: &Folder, template: &str) -> Option<Uploaded> {
    let s3 = S3::start().await?;
    let bucket = format!("s3://{BUCKET}");
    s3.cli(&["s3", "mb", &bucket]).await?.printed();
    let deployed = folder.file("target/packaged.yaml", "");
    let package = ["cloudformation", "package", "--template-file", template, "--s3-bucket", BUCKET];
    let to = ["--s3-prefix", "demo/functions", "--output-template-file", &deployed];
    s3.cli(&[&package[..], &to].concat()).await?.printed();
    let artifacts = folder.path().join("artifacts");
    let fetch = ["s3", "cp", "--recursive", "--no-progress", &bucket, artifacts.to_str().unwrap()];
    s3.cli(&fetch).await?.printed();
    s3.stop().await;
    Some(Uploaded { template: deployed, artifacts })
}

/// That the packaged template makes the stack of the template but for Code, which now names objects that are
/// the packages, byte for byte.
fn check_code_alone_has_changed(uploaded: &Uploaded, packages: &Path) {
    let expected = stack(&template::text());
    let mut deployed = stack(&std::fs::read_to_string(&uploaded.template).unwrap());
    assert_ne!(deployed, expected);
    for (function, expected) in deployed.functions.iter_mut().zip(&expected.functions) {
        let code = std::mem::replace(&mut function.code, expected.code.clone());
        let (FunctionCode::S3 { bucket, key }, FunctionCode::LocalArchive { package, .. }) =
            (code, &expected.code)
        else {
            panic!("{} is not uploaded", function.logical_id)
        };
        assert_eq!(bucket, BUCKET);
        assert!(key.starts_with("demo/functions/"), "{key}");
        let object = std::fs::read(uploaded.artifacts.join(key)).unwrap();
        let package = std::fs::read(packages.join(format!("{package}.zip"))).unwrap();
        assert!(object == package, "{}", function.logical_id);
    }
    assert_eq!(deployed, expected);
}

fn stack(template: &str) -> Stack {
    let mut values = ParameterValues::default();
    values.set("SignAuthorization", "NONE");
    let environment = Environment {
        account_id: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        partition: "aws".to_owned(),
        stack_name: "rehearsal".to_owned(),
    };
    Template::parse(template)
        .and_then(|template| template.evaluate(&values, &environment))
        .unwrap_or_else(|error| panic!("{}", local::report::chain(&error)))
}

/// That the linter has nothing to say of the packaged template, as of the template itself.
async fn check_lints(uploaded: &Uploaded) {
    let mut command = tool::command("cfn-lint");
    command.arg(&uploaded.template);
    if let Some(finished) = tool::run("cfn-lint", &mut command).await {
        assert_eq!(finished.printed(), "");
    }
}
